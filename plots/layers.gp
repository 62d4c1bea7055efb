# kappa layer by layer: the tree cut at each depth.
# columns: depth_bits kappa
# height: 0.7
# from: springback tree --pretrain A --align B --perturb C --output layers.tsv

set xlabel "depth (bits)"
set ylabel math("\\kappa", "\316\272", "kappa")." of the tree cut there"
set xzeroaxis linewidth 0.5 linecolor rgb black
unset key
# settings
plot table using "depth_bits":"kappa" with linespoints linetype 1
