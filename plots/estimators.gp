# Estimators of entropy and of KL against the size of the sample, with the truth as a line.
# columns: quantity method n_observations truth_bits estimate_bits estimate_low_bits estimate_high_bits
# groups: method
# height: 1.35
# from: springback tree --simulate content_words=4000 --sizes 30:1e5:log8 --output estimators.tsv

array quantities[2] = ["entropy", "kl"]
array titles[2] = ["entropy (bits)", "KL to the pre-training data (bits)"]
array lowest[2] = [0.35, 0.15] # of the truth
array highest[2] = [1.3, 3000]
mine(name, i) = strcol("quantity") eq q && strcol("method") eq method_groups[i] ? column(name) : NaN
truth(dummy) = strcol("quantity") eq q ? column("truth_bits") : NaN
shown_from(i) = (bar = mine("estimate_low_bits", i), bar == bar && bar < bottom ? bottom : bar)
apart(i) = column("n_observations") * 1.1**(i - 3 - (j == 2 ? 2.5 : 0)) # bars side by side
stats table using "n_observations" name "n" nooutput
set xrange [n_min / 2:n_max * 2]
array truths[2]
do for [j=1:2] {
    q = quantities[j]
    stats table using (truth(0)) nooutput
    truths[j] = STATS_max
}
set logscale x
set format x ""
set errorbars 0.3
set multiplot layout 2,1 margins screen 0.15, 0.96, 0.10, 0.84 spacing screen 0.11
set key at screen 0.14, 0.995 top left vertical maxrows 3
# settings
do for [j=1:2] {
    q = quantities[j]
    bottom = truths[j] * lowest[j]
    set yrange [bottom:truths[j] * highest[j]]
    set label 1 titles[j] at graph title_x, 1.08
    if (j == 2) {
        set key at graph 0.99, 0.98 top right horizontal maxrows 1
        set logscale y; set format x power_format; set format y power_format; set xlabel "observations"
    }
    plot for [i=1:|method_groups|] table \
             using (apart(i)):(mine("estimate_bits", i)):(shown_from(i)):(mine("estimate_high_bits", i)) \
             with yerrorbars linetype i dashtype solid linewidth 0.8 notitle, \
         for [i=1:|method_groups|] table using (apart(i)):(mine("estimate_bits", i)) with points \
             linetype i title ((i > 4) == (j == 2) ? shown(method_groups[i]) : "") noenhanced, \
         table using "n_observations":(truth(0)) with lines linewidth 0.8 dashtype 1 \
             linecolor rgb black title (j == 1 ? "truth" : "")
}
unset multiplot
