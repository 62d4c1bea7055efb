# The margin of an aligned model against the opposed documents that it learns next, by volume of
# alignment, and that of the base. Bands: intervals over seeds and test documents.
# columns: condition path aligned_documents learned_documents quantity value low high
# groups: condition aligned_documents
# height: 0.95
# from: springback run rebound, which writes experiments/rebound.tsv

# The first condition is the profile's model; the first volume is the base's, 0. The base itself begins its path.
mine(name, i, y) = strcol("condition") eq condition_groups[1] && \
                   (strcol("path") eq name || name eq "from base" && strcol("path") eq "base") && \
                   strcol("aligned_documents") eq aligned_documents_groups[i] && \
                   strcol("quantity") eq "margin_bits" ? column(y) : NaN
n = |aligned_documents_groups|
set nonlinear x via log(1 + x/16.) inverse 16.*(exp(x) - 1)
set xrange [0:*]
set xtics (0, 16, 64, 256, 1024, 4096)
set xlabel "opposed documents after the alignment"
set ylabel "margin (bits per document)" offset -1, 0
set key vertical maxrows 3 width 1
set lmargin at screen 0.2
# settings
plot for [i=1:n] table using "learned_documents":(mine(i == 1 ? "from base" : "opposed", i, "low")): \
         (mine(i == 1 ? "from base" : "opposed", i, "high")) \
         with filledcurves linetype (i == 1 ? 7 : i - 1) notitle, \
     0 with lines linewidth 0.8 dashtype 1 linecolor rgb black notitle, \
     for [i=2:n] table using "learned_documents":(mine("opposed", i, "value")) with linespoints \
         linetype i - 1 title aligned_documents_groups[i]." aligned", \
     table using "learned_documents":(mine("from base", 1, "value")) with linespoints linetype 7 \
         title "base"
