# What each document costs just before it is learned, less what it costs on the way from the base.
# columns: condition path learned_documents quantity value low high
# groups: condition
# height: 1.2
# from: springback run prequential --folder experiments (experiments/prequential.tsv)

array paths[6] = ["aligned: opposed", "aligned: neutral", "base, as many: again", \
                  "mirrored: again", "returned: again", "aligned: again"]
array titles[6] = ["opposed data, after alignment", "neutral data, after alignment", \
                   "aligned data, after the undoing alone", "aligned data, the other way round", \
                   "aligned data, alignment undone", \
                   "aligned data, after alignment"]
mine(i, name) = strcol("condition") eq condition_groups[1] && strcol("path") eq paths[i] && \
                strcol("quantity") eq "bits_more_than_base" ? column(name) : NaN
apart(i) = column("learned_documents") * 1.06**(i - 3.5) # bars side by side
set logscale x 2
set xrange [13:2500]
set xtics (16, 64, 256, 1024)
set xlabel "documents learned"
set ylabel "bits per document, above the base's"
set errorbars 0
set key vertical maxrows 6 Left samplen 2.5
set xzeroaxis linetype 1 linewidth 0.6 linecolor rgb black
# settings
plot for [i=1:6] table using (apart(i)):(mine(i, "value")):(mine(i, "low")):(mine(i, "high")) \
         with yerrorbars linetype i dashtype solid linewidth 0.8 notitle, \
     for [i=1:6] table using (apart(i)):(mine(i, "value")) with linespoints linetype i title titles[i]
