# Entropy per symbol: increments of block entropies and their extrapolation, matches, and the truth.
# columns: n_symbols estimator block_symbols coverage rate_bits_per_symbol rate_ci_low_bits_per_symbol rate_ci_high_bits_per_symbol truth_bits_per_symbol
# groups: n_symbols
# height: 1.4
# from: springback tree --blocks 8 --simulate topics=1,style_words=1,content_words=4,zipf_content=3,length=4096 --output entropy_rate.tsv

is(name) = strcol("estimator") eq name
is_fit(dummy) = strstrt(strcol("estimator"), "extrapolated") == 1
rate(name) = is(name) ? column("rate_bits_per_symbol") : NaN
fitted(name) = is_fit(0) ? column(name) : NaN
increment(i) = is("increment") && strcol("n_symbols") eq n_symbols_groups[i] ? column("rate_bits_per_symbol") : NaN
stats table using "truth_bits_per_symbol" name "truth" nooutput
stats table using (rate("increment")) name "rate" nooutput
stats table using (is("increment") ? column("block_symbols") : NaN) name "block" nooutput
stats table using "n_symbols" name "size" nooutput
has_truth = truth_records > 0
level = has_truth ? truth_min : rate_min
bottom = 0.75 * level
clipped(x) = x != x ? x : x < bottom ? bottom : x > top ? top : x
top = 1.08 * rate_max
set yrange [bottom:top]
set ytics tic_step((top - bottom) / 4)
set errorbars 0.4
set multiplot layout 2,1 margins screen 0.15, 0.96, 0.105, 0.875 spacing screen 0.27
set key at screen 0.14, 0.995 top left vertical maxrows 3
set label 1 "entropy of a symbol given those before (bits)" at graph title_x, 1.07
set xrange [0.5:block_max + 0.5]
set xtics 1
set xlabel "symbols in a block" offset 0, 0.3
# settings
plot for [i=1:|n_symbols_groups|] table using "block_symbols":(increment(i)) with linespoints linetype i \
         title n_symbols_groups[i]." in all", \
     (has_truth ? truth_min : NaN) with lines linewidth 0.8 dashtype 1 linecolor rgb black title "truth"
set key at screen 0.14, 0.475 top left vertical maxrows 3
top = 1.5 * level
set yrange [bottom:top]
set ytics tic_step((top - bottom) / 4)
set logscale x
set xrange [*:*]
set xrange [size_min / 1.6:size_max * 1.6]
set xtics autofreq
set format x power_format
set xlabel "symbols in all" offset 0, 0
set label 1 "entropy rate (bits per symbol)"
plot table using (1.06 * column("n_symbols")):(fitted("rate_bits_per_symbol")):(clipped(fitted("rate_ci_low_bits_per_symbol"))):(clipped(fitted("rate_ci_high_bits_per_symbol"))) \
         with yerrorbars linetype 1 dashtype solid title "from blocks", \
     table using (0.94 * column("n_symbols")):(rate("match-slope")):(clipped(is("match-slope") ? column("rate_ci_low_bits_per_symbol") : NaN)):(clipped(is("match-slope") ? column("rate_ci_high_bits_per_symbol") : NaN)) \
         with yerrorbars linetype 4 dashtype solid title "match slope", \
     table using "n_symbols":(rate("match-before")) with linespoints linetype 2 title "match before", \
     table using "n_symbols":(rate("match-anywhere")) with linespoints linetype 3 title "match anywhere", \
     (has_truth ? truth_min : NaN) with lines linewidth 0.8 dashtype 1 linecolor rgb black notitle
unset multiplot
