# Training loss of every pair of checkpoints, back (inverse) and on (forward), and the same above the entropy
# of what is learned: along an alignment, and along a path that leads back from it.
# columns: condition path aligned_documents learned_documents quantity value low high
# groups: condition path aligned_documents learned_documents
# height: 1.25
# from: springback run resistance --folder experiments (experiments/resistance.tsv)

array quantities[2] = ["training_bits", "training_excess_bits"]
array titles[2] = ["training loss", "above the entropy"]
array sides[2] = ["inverse", "forward"]
# Rows are pairs, one block for each path.
array keys[500]
array labels[500]
n_rows = 0
do for [p=1:|path_groups|] {
    do for [e=1:|learned_documents_groups|] {
        do for [l=1:|aligned_documents_groups|] {
            if (aligned_documents_groups[l] + 0 > learned_documents_groups[e] + 0) {
                n_rows = n_rows + 1
                keys[n_rows] = path_groups[p]."/".aligned_documents_groups[l]."/".learned_documents_groups[e]
                labels[n_rows] = learned_documents_groups[e].", ".aligned_documents_groups[l]
            }
        }
    }
}
per_path = n_rows / |path_groups|
height(i) = i + 1.5 * ((i - 1) / per_path)
here(dummy) = strcol("path")."/".strcol("aligned_documents")."/".strcol("learned_documents")
row(dummy) = sum [i=1:n_rows] (keys[i] eq here(0) ? i : 0)
line(s, q) = strcol("condition") eq condition_groups[1] && \
             strcol("quantity") eq sides[s]."_".quantities[q] && row(0) > 0 ? \
             height(row(0)) + 0.3 * (s - 1.5) : NaN
is_drawn(q) = strcol("condition") eq condition_groups[1] && \
              (strcol("quantity") eq "inverse_".quantities[q] || \
               strcol("quantity") eq "forward_".quantities[q])
array steps[2]
do for [q=1:2] {
    stats table using (is_drawn(q) ? column("low") : NaN) name "low" nooutput
    stats table using (is_drawn(q) ? column("high") : NaN) name "high" nooutput
    steps[q] = tic_step((high_max - low_min) / 2)
}
set yrange [height(n_rows) + 0.7:-0.4]
set ytics ("" 0) scale 0 noenhanced
set border 1
unset grid
set grid xtics linetype 1 linewidth 0.35 linecolor rgb "#DDDDDD"
set errorbars 0
set multiplot layout 1,2 margins screen 0.24, 0.96, 0.115, 0.91 spacing screen 0.07
set key at screen 0.24, 0.995 top left vertical maxrows 1
set xlabel "bits per document" offset screen 0.19, 0
# settings
do for [q=1:2] {
    set label 1 titles[q] at graph title_x, 1.02
    if (q == 1) { set for [i=1:n_rows] ytics add (labels[i] height(i)) }
    if (q == 1) {
        set for [p=1:|path_groups|] label (10 + p) (path_groups[p] eq "back" ? "path back" : path_groups[p]) \
            at screen 0.01, first height(1 + (p - 1) * per_path) - 0.85 font ",7"
    }
    if (q == 2) { unset key; unset xlabel; unset ytics; unset for [p=1:|path_groups|] label (10 + p) }
    set xtics steps[q]
    plot for [s=1:2] table using "value":(line(s, q)):"low":"high" with xerrorbars linetype s \
             dashtype solid linewidth 0.8 title sides[s]
}
unset multiplot
