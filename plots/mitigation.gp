# What is left of an alignment's margin after other documents, against the share of alignment documents that
# are replayed among them. Bars: intervals over seeds; the line: 0.9.
# columns: condition path quantity value low high
# height: 0.85
# from: springback run mitigation, which writes experiments/mitigation.tsv

mine(name, y) = strcol("quantity") eq "kept_share_of_margin" && strcol("path")[1:strlen(name)] eq name ? \
                column(y) : NaN
set nonlinear x via log(1 + 64*x) inverse (exp(x) - 1)/64
set xtics ("0" 0, "1/32" 0.03125, "1/16" 0.0625, "1/8" 0.125, "1/4" 0.25, "1/2" 0.5)
set xrange [-0.003:0.56]
set xlabel "share of replayed alignment documents"
set ylabel "share of the margin that is kept" offset -0.7, 0
set errorbars 0.4
set key vertical maxrows 2
# settings
plot 0.9 with lines linewidth 0.8 dashtype 3 linecolor rgb black notitle, \
     table using "condition":(mine("neutral", "value")):(mine("neutral", "low")):(mine("neutral", "high")) \
         with yerrorlines linetype 2 title "among neutral documents", \
     table using "condition":(mine("opposed", "value")):(mine("opposed", "low")):(mine("opposed", "high")) \
         with yerrorlines linetype 1 title "among opposed documents"
