# The rebound in other kinds of models: the margin against opposed documents after one volume of alignment
# (lines with points), and of the base (thin).
# columns: condition path aligned_documents learned_documents quantity value low high
# groups: condition
# height: 1.0
# from: springback run rebound, which writes experiments/rebound.tsv

mine(i, name, y) = strcol("condition") eq condition_groups[i] && strcol("path") eq name && \
                   strcol("quantity") eq "margin_bits" && \
                   (name eq "from base" || column("aligned_documents") == 1024) ? column(y) : NaN
n = |condition_groups|
set nonlinear x via log(1 + x/16.) inverse 16.*(exp(x) - 1)
set xrange [0:*]
set xtics (0, 16, 64, 256, 1024, 4096)
set xlabel "opposed documents after the alignment"
set ylabel "margin (bits per document)" offset -1, 0
set key vertical maxrows 5
set lmargin at screen 0.2
# settings
plot for [i=1:n] table using "learned_documents":(mine(i, "opposed", "low")):(mine(i, "opposed", "high")) \
         with filledcurves linetype i notitle, \
     0 with lines linewidth 0.8 dashtype 1 linecolor rgb black notitle, \
     for [i=1:n] table using "learned_documents":(mine(i, "from base", "value")) with lines \
         linetype i linewidth 0.6 notitle, \
     for [i=1:n] table using "learned_documents":(mine(i, "opposed", "value")) with linespoints \
         linetype i title shown(condition_groups[i]) noenhanced
