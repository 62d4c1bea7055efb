# Rate and normalised rate by depth, a line and a band (the interval) per dataset.
# columns: dataset depth_bits rate ci_low ci_high normalised_rate normalised_ci_low normalised_ci_high
# groups: dataset
# height: 1.15
# from: springback rate --depth-profile ... --output depth.tsv

mine(name, i) = strcol("dataset") eq dataset_groups[i] ? column(name) : NaN
array names[2] = ["rate", "normalised_rate"]
array lows[2] = ["ci_low", "normalised_ci_low"]
array highs[2] = ["ci_high", "normalised_ci_high"]
array titles[2] = ["rate (bits per bit)", "normalised rate"]

set multiplot layout 2,1 margins screen 0.15, 0.96, 0.12, 0.83 spacing screen 0.09
set key at screen 0.14, 0.995 top left vertical maxrows 3
set format x ""
# settings
do for [j=1:2] {
    set label 1 titles[j] at graph title_x, 1.06
    if (j == 2) { unset key; set format x; set xlabel "depth (bits)" }
    stats table using names[j] nooutput
    set ytics tic_step((STATS_max - STATS_min) / 4)
    plot for [i=1:|dataset_groups|] table using "depth_bits":(mine(lows[j], i)):(mine(highs[j], i)) \
             with filledcurves linetype i notitle, \
         for [i=1:|dataset_groups|] table using "depth_bits":(mine(names[j], i)) \
             with linespoints linetype i title shown(dataset_groups[i]) noenhanced
}
unset multiplot
