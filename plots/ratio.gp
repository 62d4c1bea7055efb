# The ratio of slopes R against l/l*, in the range that R3 states (shaded).
# columns: k l_over_l_star R R_lower R_upper
# groups: k
# height: 0.75
# from: springback theory --k 5,20,100 --pi 1/3,1/3,1/3 --l 0:0.45:46 --output ratio.tsv

mine(name, i) = strcol("k") eq k_groups[i] ? column(name) : NaN
set xlabel math("l/l^*", "{/:Italic l / l}*", "l/l*")
set ylabel math("R=-\\gamma_a'/(k\\gamma_p')", "{/:Italic R}", "R")
set logscale y
set yrange [1:*] noextend
set ytics (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
if (!plain) { set style fill solid 1 noborder }
# settings
plot for [i=1:|k_groups|] table using "l_over_l_star":(mine("R_lower", i)):(mine("R_upper", i)) \
         with filledcurves linecolor rgb "#E6E6E6" notitle, \
     for [i=1:|k_groups|] table using "l_over_l_star":(mine("R", i)) with lines linetype i \
         title math("k", "{/:Italic k}", "k")." = ".k_groups[i], \
     NaN with filledcurves linecolor rgb "#E6E6E6" title "bounds"
