# Correlations of bits along one document, the threshold below which they count as none, and the window.
# columns: model lag_pieces autocorrelation threshold window
# groups: model
# height: 0.8
# from: springback rate --model tree:d=16 --data TEXT --autocovariance autocovariance.tsv

mine(name, i) = strcol("model") eq model_groups[i] ? column(name) : NaN
positive(name, i) = mine("lag_pieces", i) > 0 ? mine(name, i) : NaN
stats table using (column("lag_pieces") > 0 ? column("autocorrelation") : NaN) nooutput
top = STATS_max > 0 ? STATS_max : 0.1
low = STATS_min < 0 ? STATS_min : 0
stats table using "threshold" nooutput
top = top > 2*STATS_max ? top : 2*STATS_max
low = -low > 1.5*STATS_max ? low : -1.5*STATS_max

set multiplot layout |model_groups|,1 margins screen 0.15, 0.96, 0.19, 0.82 spacing screen 0.13
set key at screen 0.13, 0.998 top left vertical maxrows 2
set yrange [low:1.15*top]
set ytics tic_step((top - low)/3)
set logscale x
set xrange [1:*]
set format x ""
# settings
do for [i=1:|model_groups|] {
    set label 1 shown(model_groups[i]) noenhanced at graph title_x, 1.11
    if (i == |model_groups|) { set format x "10^{%T}"; set xlabel "lag (pieces)" }
    plot table using "lag_pieces":(-positive("threshold", i)):(positive("threshold", i)) \
             with filledcurves linetype 8 title "seen as none", \
         table using "lag_pieces":(positive("autocorrelation", i)) \
             with lines linetype 1 title "correlation", \
         table using "lag_pieces":(top*positive("window", i)) \
             with lines linetype 2 title "window"
    unset key
}
unset multiplot
