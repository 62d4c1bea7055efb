# The rebound against the number of parameters or of pre-training documents: the share of the margin that the
# first documents undo, the share of KL(model || base) that is gone, and the documents until the margin is
# the base's (at the upper edge: not seen within the walk). Bars: intervals over seeds.
# columns: condition path learned_documents quantity value low high
# height: 1.4
# from: springback run size, which writes experiments/size.tsv; springback run volume

of(name, y) = strcol("quantity") eq name ? column(y) : NaN
mine(name, path, y) = strcol("path") eq path ? of(name, y) : NaN
array values[3] = ["declined_share", "returned_share", "dose_documents"]
array titles[3] = ["share of margin undone by 64 documents", \
                   "share of KL undone by 64 documents", \
                   "opposed documents to the base's margin"]
array least[3]
array most[3]
do for [j=1:3] {
    stats table using (of(values[j], "low")) nooutput
    least[j] = STATS_min < 0 ? 1.05*STATS_min : 0
    stats table using (of(values[j], j < 3 ? "high" : "value")) nooutput
    most[j] = j < 3 ? 1.05*STATS_max : STATS_max < 1e9 ? 2*STATS_max : 2048
}
clipped(x) = x != x ? x : x > top ? top : x
stats table using (of(values[1], "condition")) nooutput
set logscale x
set xrange [STATS_min/1.5:STATS_max*1.5]
set errorbars 0.4
set format x ""
set multiplot layout 3,1 margins screen 0.16, 0.96, 0.105, 0.88 spacing screen 0.085
set key at screen 0.15, 0.995 top left vertical maxrows 2
# settings
do for [j=1:3] {
    top = most[j]
    set yrange [least[j]:top]
    set ytics tic_step((top - least[j])/3)
    set label 1 titles[j] at graph title_x, 1.1
    if (j == 2) { unset key }
    if (j == 3) { set format x power_format; set xlabel "parameters, or documents of pre-training" }
    plot table using (column("condition")/1.03):(clipped(mine(values[j], "opposed", "value"))): \
             (clipped(mine(values[j], "opposed", "low"))):(clipped(mine(values[j], "opposed", "high"))) \
             with yerrorbars linetype 1 title "opposed documents", \
         table using (column("condition")*1.03):(clipped(mine(values[j], "neutral", "value"))): \
             (clipped(mine(values[j], "neutral", "low"))):(clipped(mine(values[j], "neutral", "high"))) \
             with yerrorbars linetype 2 dashtype solid title "neutral documents"
}
unset multiplot
