# Divergences between checkpoints by position in the document, with intervals, for each set of contexts,
# as far as a tenth of the documents reach.
# columns: contexts divergence position n_documents kl_bits kl_bits_ci_low kl_bits_ci_high
# groups: contexts divergence
# height: 0.75
# from: springback compare BASE TUNED --data DATA --by-position compare.tsv

stats table using "n_documents" nooutput
few = STATS_max/10
often(x) = column("n_documents") >= few ? x : NaN
mine(name, i, j) = strcol("contexts") eq contexts_groups[i] && \
                   strcol("divergence") eq divergence_groups[j] ? often(column(name)) : NaN
stats table using (often(column("kl_bits"))) nooutput
top = STATS_max > 0 ? 1.2*STATS_max : 1
stats table using (often(column("position") + 1)) nooutput
last = STATS_max > 1 ? STATS_max : 2
n = |contexts_groups|
rows = |divergence_groups| < 4 ? |divergence_groups| : 4
above = 0.95 - 0.055*rows - (n > 1 ? 0.06 : 0)

set multiplot layout n,1 margins screen 0.19, 0.96, 0.18, above spacing screen 0.12
set key at screen 0.13, 0.998 top left vertical maxrows 4
set logscale x
set xrange [1:last]
set yrange [0:top]
set ytics tic_step(top/3)
set format x ""
set ylabel "KL (bits)"
# settings
do for [i=1:n] {
    if (n > 1) { set label 1 shown(contexts_groups[i]) noenhanced at graph title_x, 1.12 }
    if (i == n) { set format x number_format; set xlabel "token of the document" }
    plot for [j=1:|divergence_groups|] table using (column("position") + 1): \
             (mine("kl_bits_ci_low", i, j)):(mine("kl_bits_ci_high", i, j)) \
             with filledcurves linetype j notitle, \
         for [j=1:|divergence_groups|] table using (column("position") + 1): \
             (mine("kl_bits", i, j)) with lines linetype j \
             title "KL(".shown(divergence_groups[j]).")" noenhanced
    unset key
}
unset multiplot
