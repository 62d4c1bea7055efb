# kappa layer by layer: of the trees pruned at each depth.
# columns: depth_bits kappa kappa_k
# height: 0.7
# from: springback tree --pretrain A --align B --perturb C --k 20 --output layers.tsv

set xlabel "depth (bits)"
set xtics 4
set ylabel "elasticity ".math("\\kappa", "\316\272", "kappa")
set xzeroaxis linetype 1 linewidth 0.5 linecolor rgb black
stats table using "kappa_k" nooutput
set ytics tic_step((STATS_max - STATS_min) / 4)
# settings
plot table using "depth_bits":"kappa" with linespoints linetype 1 \
         title math("\\kappa", "\316\272", "kappa"), \
     table using "depth_bits":"kappa_k" with linespoints linetype 2 \
         title math("\\kappa_k", "\316\272_{/:Italic k}", "kappa_k")
