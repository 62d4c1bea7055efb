# Rate and normalised rate by depth, a line and a band (the interval) per dataset.
# columns: kind dataset depth_bits rate rate_ci_low rate_ci_high normalised_rate normalised_rate_ci_low normalised_rate_ci_high
# groups: dataset
# order: depth_bits
# height: 1.15
# from: springback rate --model tree:d=8 --depth 8 DATASET... --output depth-8.tsv, for several depths

mine(name, i) = strcol("kind") eq "rate" && strcol("dataset") eq dataset_groups[i] ? column(name) : NaN
array names[2] = ["rate", "normalised_rate"]
array titles[2] = ["rate (bits per bit)", "normalised rate (bits per bit)"]
array steps[2]
do for [j=1:2] {
    stats table using names[j] nooutput
    steps[j] = tic_step((STATS_max - STATS_min) / 4)
}

set multiplot layout 2,1 margins screen 0.16, 0.96, 0.12, 0.83 spacing screen 0.09
set key at screen 0.15, 0.995 top left vertical maxrows 3
set format x ""
set xrange [0:*]
set xtics 8
# settings
do for [j=1:2] {
    set label 1 titles[j] at graph title_x, 1.06
    if (j == 2) { unset key; set format x number_format; set xlabel "depth (bits)" }
    set ytics steps[j]
    plot for [i=1:|dataset_groups|] table using "depth_bits":(mine(names[j]."_ci_low", i)): \
             (mine(names[j]."_ci_high", i)) \
             with filledcurves linetype i notitle, \
         for [i=1:|dataset_groups|] table using "depth_bits":(mine(names[j], i)) \
             with linespoints linetype i title shown(dataset_groups[i]) noenhanced
}
unset multiplot
