# The margin, and KL(model || base), by volume of alignment and of opposed documents after it: a cell each.
# columns: condition path aligned_documents learned_documents quantity value
# groups: condition aligned_documents learned_documents
# height: 1.15
# from: springback run rebound, which writes experiments/rebound.tsv

array quantities[2] = ["margin_bits", "kl_to_base_bits"]
array titles[2] = ["margin (bits per document)", "KL to base (bits per document)"]
mine(q, y) = strcol("condition") eq condition_groups[1] && strcol("quantity") eq quantities[q] && \
             strcol("path") eq (column("aligned_documents") > 0 ? "opposed" : "from base") ? y : NaN
learned(dummy) = sum [i=1:|learned_documents_groups|] (learned_documents_groups[i] eq strcol("learned_documents") ? i : 0)
aligned(dummy) = sum [i=1:|aligned_documents_groups|] (aligned_documents_groups[i] eq strcol("aligned_documents") ? i : 0)
array most[2]
do for [q=1:2] {
    stats table using (mine(q, abs(column("value")))) nooutput
    most[q] = STATS_max > 0 ? STATS_max : 1
}
set palette defined (-1 vermilion, 0 "#FFFFFF", 1 blue)
unset colorbox
unset grid
unset key
set border 0
set xrange [0.5:|learned_documents_groups| + 0.5]
set yrange [0.5:|aligned_documents_groups| + 0.5]
set xtics ("" 0) scale 0
set ytics ("" 0) scale 0
set for [i=1:|aligned_documents_groups|] ytics add (aligned_documents_groups[i] i)
set multiplot layout 2,1 margins screen 0.27, 0.98, 0.14, 0.92 spacing screen 0.13
set ylabel "aligned documents" offset -1.5, 0
# settings
do for [q=1:2] {
    set label 1 titles[q] at graph title_x, 1.08
    set cbrange [-most[q]:most[q]]
    if (q == 2) {
        set for [i=1:|learned_documents_groups|] xtics add (learned_documents_groups[i] i)
        set xtics font ",5.5"
        set xlabel "opposed documents"
    }
    plot table using (learned(0)):(aligned(0)):(learned(0) - 0.5):(learned(0) + 0.5): \
             (aligned(0) - 0.5):(aligned(0) + 0.5):(mine(q, column("value"))) \
             with boxxyerror fillstyle solid 1 noborder linecolor palette notitle, \
         table using (mine(q, learned(0))):(aligned(0)):(sprintf(abs(column("value")) < 9.95 ? "%.1f" : "%.0f", column("value"))) \
             with labels font ",5.5" notitle
}
unset multiplot
