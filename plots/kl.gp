# KL(model || base) along what is learned after an alignment, by its volume: opposed and neutral documents.
# Bands: intervals over seeds.
# columns: path aligned_documents learned_documents quantity value low high
# groups: aligned_documents
# height: 1.25
# from: springback run kl, which writes experiments/kl.tsv

mine(path, i, y) = strcol("path") eq path && strcol("quantity") eq "kl_to_base_bits" && \
                   strcol("aligned_documents") eq aligned_documents_groups[i] ? column(y) : NaN
array paths[2] = ["opposed", "neutral"]
n = |aligned_documents_groups|
set nonlinear x via log(1 + x/16.) inverse 16.*(exp(x) - 1)
set xrange [0:1200]
set logscale y
set xtics (0, 16, 64, 256, 1024, 4096)
set format x ""
set multiplot layout 2,1 margins screen 0.14, 0.96, 0.12, 0.85 spacing screen 0.1
set key at screen 0.13, 0.995 top left vertical maxrows 2 width 1
# settings
do for [j=1:2] {
    set label 1 paths[j]." documents: KL to base (bits)" at graph title_x, 1.08
    if (j == 2) {
        unset key
        set format x number_format
        set xlabel "documents learned after the alignment"
    }
    plot for [i=2:n] table using "learned_documents":(mine(paths[j], i, "low")):(mine(paths[j], i, "high")) \
             with filledcurves linetype i - 1 notitle, \
         for [i=2:n] table using "learned_documents":(mine(paths[j], i, "value")) with linespoints \
             linetype i - 1 title aligned_documents_groups[i]." aligned"
}
unset multiplot
