# Correlations of bits along one document, the threshold below which they count as none, and the window.
# columns: model lag_pieces autocorrelation threshold window
# groups: model
# height: 0.95
# from: springback rate --model tree:d=16 --data TEXT --autocovariance autocovariance.tsv

mine(name, i) = strcol("model") eq model_groups[i] && column("lag_pieces") > 0 ? column(name) : NaN
stats table using "threshold" nooutput
bottom = STATS_min / 3
size(x) = abs(x) < bottom ? bottom : abs(x)

bar = math("|", "|", "|")
set multiplot layout |model_groups|,1 margins screen 0.16, 0.96, 0.16, 0.83 spacing screen 0.1
set key at screen 0.14, 0.998 top left vertical maxrows 2
set logscale xy
set yrange [bottom:2]
set xrange [1:*]
set format x ""
set format y power_format
# settings
do for [i=1:|model_groups|] {
    set label 1 shown(model_groups[i]) noenhanced at graph title_x, 1.1
    if (i == |model_groups|) { set format x power_format; set xlabel "lag (pieces)" }
    plot table using "lag_pieces":(bottom):(mine("threshold", i)) \
             with filledcurves linetype 8 title "seen as none", \
         table using "lag_pieces":(size(mine("autocorrelation", i))) \
             with lines linetype 1 linewidth 0.6 title bar."correlation".bar, \
         table using "lag_pieces":(mine("window", i) > bottom ? mine("window", i) : NaN) \
             with lines linetype 2 title "window"
    unset key
}
unset multiplot
