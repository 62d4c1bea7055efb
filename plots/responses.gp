# What a small step along each dataset's gradient does to the rates of all (thousandths of a bit per document),
# at three models; and these changes against what the gradients predicted.
# columns: condition path predicted_bits quantity value low high
# groups: condition
# height: 1.2
# from: springback run slopes --folder experiments (experiments/slopes.tsv)

array models[3] = ["base", "aligned", "joint"]
names = "patn"
is_measured(m) = strcol("condition") eq condition_groups[1] && strcol("path") eq models[m] && \
                 strstrt(strcol("quantity"), "measured_") == 1 && strlen(strcol("quantity")) == 16
rated(m) = is_measured(m) ? strstrt(names, substr(strcol("quantity"), 10, 10)) : NaN
stepped(m) = is_measured(m) ? strstrt(names, substr(strcol("quantity"), 11, 11)) : NaN
stats table using (is_measured(1) || is_measured(2) || is_measured(3) ? abs(column("value")) : NaN) \
      name "size" nooutput
array places[4] = ["p", "a", "t", "n"]
dataset(i) = math("D_".places[i], "{/:Italic D_".places[i]."}", "D_".places[i])
thousandths(x) = abs(x) < 0.0005 ? "0" : sprintf("%.0f", 1000 * x)
set palette defined (-1 "#0072B2", 0 "#FFFFFF", 1 "#D55E00")
set cbrange [-size_max:size_max]
unset colorbox
unset grid
unset key
set border 0
set style fill solid noborder
set multiplot
# settings
do for [m=1:3] {
    set lmargin screen 0.17 + 0.275 * (m - 1)
    set rmargin screen 0.17 + 0.275 * m - 0.03
    set tmargin screen 0.92
    set bmargin screen 0.585
    set xrange [0.5:4.5]
    set yrange [4.5:0.5]
    set xtics ("" 0) scale 0
    set ytics ("" 0) scale 0
    set for [i=1:4] xtics add (dataset(i) i)
    if (m == 1) { set for [i=1:4] ytics add (dataset(i) i) }
    set label 1 models[m] at graph 0, 1.07
    if (m == 2) { set xlabel "by a step on" } else { unset xlabel }
    if (m == 1) { set label 2 "the rate of" at screen 0.035, 0.75 center rotate } else { unset label 2 }
    plot table using (stepped(m)):(rated(m)):(stepped(m) - 0.48):(stepped(m) + 0.48):(rated(m) - 0.48):(rated(m) + 0.48):"value" \
             with boxxyerror linecolor palette notitle, \
         table using (stepped(m)):(rated(m)):(thousandths(column("value"))) with labels \
             font ",6" notitle
}
unset label 1
set style fill empty
set lmargin screen 0.21
set rmargin screen 0.96
set tmargin screen 0.45
set bmargin screen 0.13
set border 3
set autoscale xy
set xtics autofreq scale 0.5
set ytics autofreq scale 0.5
set xtics tic_step(size_max / 2)
set ytics tic_step(size_max / 2)
set grid ytics linetype 1 linewidth 0.35 linecolor rgb "#DDDDDD"
set key at graph 0.02, 0.98 top left vertical maxrows 3
set errorbars 0.3
set xlabel "predicted (bits per document)"
set label 2 "measured" at screen 0.035, 0.29 center rotate
plot x with lines linewidth 0.7 linecolor rgb grey notitle, \
     for [m=1:3] table using (is_measured(m) ? column("predicted_bits") : NaN):"value":"low":"high" \
         with yerrorbars linetype m dashtype solid linewidth 0.8 title models[m]
unset multiplot
