# Two datasets as springs in series between their distributions, at rest, for several k.
# columns: k spring x y
# groups: k
# height: 0.6
# from: springback theory --springs --k 1,3,9 --pi 1/3,1/3,1/3 --output springs.tsv

mine(name, i) = strcol("k") eq k_groups[i] && strcol("spring") eq name ? column("y") : NaN
set xrange [-0.12:1]
set yrange [] reverse
set offsets 0, 0.02, 0.5, 0.5
set border 1
unset ytics
unset grid
set xtics (math("p_p", "{/:Italic p_p}", "p_p") 0, "1/4" 0.25, "1/2" 0.5, "3/4" 0.75, \
           math("p_a", "{/:Italic p_a}", "p_a") 1)
set xlabel "model, from pre-training to alignment data"
do for [i=1:|k_groups|] {
    set label math("k", "{/:Italic k}", "k")." = ".k_groups[i] at first -0.015, first i - 1 right
}
# settings
plot for [i=1:|k_groups|] table using "x":(mine("pre-training", i)) with lines linetype 1 \
         linewidth 0.8 title (i == 1 ? "pre-training data" : ""), \
     for [i=1:|k_groups|] table using "x":(mine("alignment", i)) with lines linetype 2 \
         dashtype solid title (i == 1 ? "alignment data" : "")
