# A pruned token tree: lines are as thick as the mass below them; leaves with mass and codeword.
# columns: parent x y parent_x parent_y mass is_leaf codeword label
# height: 0.3
# rows: codeword
# from: springback tree --text abracadabra --depth 8 --nodes tree.tsv

# The root is at the left, so that what belongs to the leaves stands in columns at the right. They
# are as wide as their longest entry; the tree gets the rest.
stats table using "y" name "depth" nooutput
stats table using (strlen(strcol("label"))) name "label" nooutput
stats table using (strlen(strcol("codeword"))) name "codeword" nooutput
label_width = character * (label_max + 2)
codeword_width = character * (codeword_max > 8 ? codeword_max : 8)
width = depth_max / (1 - 3 * character - label_width - 7 * character - codeword_width)
label_x = depth_max + 2 * character * width
mass_x = label_x + label_width * width
codeword_x = mass_x + 7 * character * width

set xrange [0:width]
set yrange [] reverse
set offsets 0, 0, 0.5, 0.5
set xtics 0, ceil(depth_max / 4), depth_max
set label "depth (bits; 0 goes up, 1 down)" at first 0, character 0.7
unset border
unset key
unset grid
unset ytics
set tmargin 2.5
set bmargin 3
set lmargin 1.5
set rmargin 1
set label "leaf" at first label_x, graph 1 offset 0, 1.2
set label "mass" at first mass_x, graph 1 offset 0, 1.2
set label "codeword" at first codeword_x, graph 1 offset 0, 1.2
do for [i=1:20] { set style arrow i nohead linewidth 0.25 * i linecolor rgb grey }
at(x) = column("is_leaf") == 1 ? x : NaN
above(y) = strcol("parent") eq "NA" ? 0 : y # what all paths share begins at depth 0
# settings
plot table using (above(column("parent_y"))):"parent_x":(column("y") - above(column("parent_y"))): \
           (column("x") - column("parent_x")):(1 + floor(19 * column("mass"))) \
           with vectors arrowstyle variable, \
     table using (at(column("y"))):"x" with points pointtype 7 pointsize 0.4 linecolor rgb blue, \
     table using (at(label_x)):"x":(shown(strcol("label"))) with labels left noenhanced, \
     table using (at(mass_x)):"x":(sprintf("%.3f", column("mass"))) with labels left, \
     table using (at(codeword_x)):"x":(strcol("codeword")) with labels left noenhanced
