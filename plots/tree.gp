# A pruned token tree: lines are as thick as the mass below them; leaves with mass and codeword.
# columns: x y parent_x parent_y mass is_leaf codeword label
# height: 0.7
# from: springback tree --text abracadabra --depth 8 --nodes tree.tsv

# The root is at the left, so that what belongs to the leaves stands in columns at the right.
stats table using "y" name "depth" nooutput
step = depth_max > 8 ? ceil(depth_max / 8) : 1
set xrange [0:2.2 * depth_max]
set yrange [] reverse
set offsets 0, 0, 0.5, 0.5
set xtics 0, step, depth_max
set label "depth (bits; 0 goes up, 1 down)" at first 0, character 0.7
unset border
unset key
unset grid
unset ytics
set tmargin 2.5
set lmargin 1.5
set bmargin 3
set rmargin 1
set label "leaf" at first 1.08 * depth_max, graph 1.06
set label "mass" at first 1.3 * depth_max, graph 1.06
set label "codeword" at first 1.65 * depth_max, graph 1.06
do for [i=1:20] { set style arrow i nohead linewidth 0.25 * i linecolor rgb grey }
at(x) = column("is_leaf") == 1 ? x : NaN
# settings
plot table using "parent_y":"parent_x":(column("y") - column("parent_y")): \
           (column("x") - column("parent_x")):(1 + floor(19 * column("mass"))) \
           with vectors arrowstyle variable, \
     table using (at(column("y"))):"x" with points pointtype 7 pointsize 0.4 linecolor rgb blue, \
     table using (at(1.08 * depth_max)):"x":(shown(strcol("label"))) with labels left noenhanced, \
     table using (at(1.3 * depth_max)):"x":(sprintf("%.3f", column("mass"))) with labels left, \
     table using (at(1.65 * depth_max)):"x":(strcol("codeword")) with labels left noenhanced
