# Slopes and R from noisy rates: exact, the counts' own derivatives, and local parabolas through the rates.
# columns: source method l d_gamma_p_bits d_gamma_p_ci_low_bits d_gamma_p_ci_high_bits d_gamma_a_bits d_gamma_a_ci_low_bits d_gamma_a_ci_high_bits R R_ci_low R_ci_high
# height: 1.45
# from: springback curve --slopes rates.tsv --output noisy.tsv, rates.tsv made with --seeds

array values[3] = ["d_gamma_a_bits", "d_gamma_p_bits", "R"]
array lows[3] = ["d_gamma_a_ci_low_bits", "d_gamma_p_ci_low_bits", "R_ci_low"]
array highs[3] = ["d_gamma_a_ci_high_bits", "d_gamma_p_ci_high_bits", "R_ci_high"]
array titles[3] = ["slope of the aligned data's rate (bits)", "slope of the pre-training data's rate (bits)", \
                   "ratio ".math("R", "{/:Italic R}", "R")]
is_exact(dummy) = strcol("source") ne "counts"
exact(name) = is_exact(0) ? column(name) : NaN
by(method, name) = !is_exact(0) && strcol("method") eq method ? column(name) : NaN
clipped(x) = x != x ? x : x < bottom ? bottom : x > top ? top : x
array least[3]
array most[3]
do for [j=1:3] {
    stats table using (exact(values[j])) nooutput
    least[j] = STATS_min - 0.6 * (STATS_max - STATS_min)
    most[j] = STATS_max + 0.6 * (STATS_max - STATS_min)
}
stats table using (by("derivative", "d_gamma_a_ci_low_bits")) nooutput
if (STATS_records > 0) {
    least[1] = STATS_min
    stats table using (by("derivative", "d_gamma_a_ci_high_bits")) nooutput
    most[1] = STATS_max
}
stats table using "l" name "l" nooutput
shift = 0.008 * (l_max - l_min)
set xrange [l_min - 4 * shift:l_max + 4 * shift]
set errorbars 0.3
set format x ""
set xtics 0.1
set multiplot layout 3,1 margins screen 0.19, 0.96, 0.10, 0.855 spacing screen 0.08
set key at screen 0.18, 0.995 top left vertical maxrows 3
# settings
do for [j=1:3] {
    bottom = least[j]; top = most[j]
    set yrange [bottom:top]
    set ytics tic_step((top - bottom) / 3)
    set label 1 titles[j] at graph title_x, 1.1
    if (j == 2) { unset key }
    if (j == 3) { set format x; set xlabel "volume ratio ".math("l", "{/:Italic l}", "l") }
    plot table using "l":(exact(values[j])) with lines linewidth 0.8 dashtype 1 linecolor rgb black \
             title "exact", \
         table using (column("l") - shift):(by("derivative", values[j])):(clipped(by("derivative", lows[j]))):(clipped(by("derivative", highs[j]))) \
             with yerrorbars linetype 1 dashtype solid linewidth 0.8 title "derivatives of the counted model", \
         table using (column("l") + shift):(by("local-polynomial", values[j])):(clipped(by("local-polynomial", lows[j]))):(clipped(by("local-polynomial", highs[j]))) \
             with yerrorbars linetype 2 dashtype solid linewidth 0.8 title "local parabolas through its rates"
}
unset multiplot
