# Controls of the rebound: the margin against documents learned after one alignment that oppose it, say
# nothing about it, or repeat it; and the base's, and that of dialects without a difference.
# columns: condition path aligned_documents learned_documents quantity value low high
# groups: condition
# height: 1.05
# from: springback run rebound, which writes experiments/rebound.tsv

array paths[6] = ["opposed", "neutral", "unrelated", "mixture", "more alignment", "from base"]
array names[6] = ["opposed", "neutral", "unrelated", "mixture", "aligned", "base"]
of(name, path, y) = strcol("condition") eq name && strcol("path") eq path && \
                    strcol("quantity") eq "margin_bits" ? column(y) : NaN
# Walks along all paths but the base's own begin from 1024 aligned documents.
mine(j, y) = j < 6 && column("aligned_documents") != 1024 ? NaN : of(condition_groups[1], paths[j], y)
set nonlinear x via log(1 + x/16.) inverse 16.*(exp(x) - 1)
set xrange [0:*]
set xtics (0, 16, 64, 256, 1024, 4096)
set xlabel "documents learned after the alignment"
set ylabel "margin (bits per document)" offset -1, 0
set key vertical maxrows 4 width 1
set lmargin at screen 0.2
# settings
plot for [j=1:6] table using "learned_documents":(mine(j, "low")):(mine(j, "high")) \
         with filledcurves linetype j notitle, \
     0 with lines linewidth 0.8 dashtype 1 linecolor rgb black notitle, \
     for [j=1:6] table using "learned_documents":(mine(j, "value")) with linespoints linetype j \
         title names[j], \
     table using "learned_documents":(of("overlap 1", "opposed", "value")) with linespoints \
         linetype 7 title "overlap 1"
