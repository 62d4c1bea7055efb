# Signs of the slopes over k and l: what the solvers say (areas), and the slopes themselves (points).
# columns: k l verdict l_star l_star_a k_star
# height: 0.9
# from: springback theory --dist FILE --k 1:1000:log121 --l 0.003:30:log13 --output signs.tsv

set logscale xy
set format xy power_format
set xlabel "volume ratio ".math("k", "{/:Italic k}", "k")
set ylabel "volume ".math("l", "{/:Italic l}", "l")
stats table using "l" nooutput
l_low = STATS_min; l_high = STATS_max
stats table using "k" nooutput
k_low = STATS_min; k_high = STATS_max
stats table using (column("k") == k_low ? 1 : NaN) nooutput
n_l = STATS_records
set xrange [k_low:k_high]
set yrange [l_low:l_high]
set label 1 "both rise" at graph 0.2, 0.87 center front
on(l) = l > 0 ? (l < l_low ? l_low : l > l_high ? l_high : l) : NaN
# Rows come k by k: a tenth of the values of k get points.
is(name) = strcol("verdict") eq name && int(column(0)/n_l) % 10 == 0 ? column("l") : NaN
set key maxrows 3 spacing 1.25
# settings
plot table using "k":(on(column("l_star"))):(l_low) with filledcurves linetype 1 notitle, \
     table using "k":(on(column("l_star_a"))):(l_low) with filledcurves linetype 2 notitle, \
     table using "k":(on(column("l_star"))) with lines linetype 1 \
         title math("l^*", "{/:Italic l}^*", "l*").", up to which the theorem holds", \
     table using "k":(on(column("l_star_a"))) with lines linetype 2 \
         title math("l_a^*", "{/:Italic l}_a^*", "l_a*").", up to which its signs are reversed", \
     table every ::0::0 using "k_star":(l_high) with impulses linetype 3 \
         title math("k^*", "{/:Italic k}^*", "k*"), \
     table using "k":(is("theorem")) with points linetype 1 pointtype 7 pointsize 0.25 notitle, \
     table using "k":(is("reversed")) with points linetype 2 pointtype 5 pointsize 0.25 notitle, \
     table using "k":(is("both_rise")) with points linetype 8 pointtype 2 pointsize 0.25 notitle
