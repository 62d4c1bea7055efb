# The ratio of slopes R against l/l*, between the bounds of R3.
# columns: k l_over_l_star R R_low R_high
# groups: k
# height: 0.75
# from: springback theory --k 5,20,100 --pi 1/3,1/3,1/3 --l 0:0.45 --output ratio.tsv

set xlabel math("l/l^*", "{/:Italic l/l}*", "l/l*")
set ylabel math("R", "{/:Italic R}", "R")
set logscale y
# settings
plot for [i=1:|k_groups|] table using "l_over_l_star":(strcol("k") eq k_groups[i] ? column("R") : NaN) \
     with lines linetype i title "k = ".k_groups[i]
