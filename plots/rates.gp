# How the rates of the three datasets change while the perturbation grows, for several k.
# columns: k l delta_gamma_a_bits delta_gamma_p_bits delta_gamma_t_bits
# groups: k
# height: 1.2
# from: springback theory --k 5,20,100 --pi 1/3,1/3,1/3 --l 0:0.45:46 --output rates.tsv

mine(name, i) = strcol("k") eq k_groups[i] ? column(name) : NaN
array names[3] = ["delta_gamma_a_bits", "delta_gamma_p_bits", "delta_gamma_t_bits"]
array titles[3] = ["aligned data: change (bits per response)", "pre-training data", \
                   "perturbing data"]
array steps[3]
do for [j=1:3] {
    stats table using names[j] nooutput
    steps[j] = tic_step((STATS_max - STATS_min) / 3)
}

stats table using "l" nooutput
set xtics tic_step((STATS_max - STATS_min) / 5)

set multiplot layout 3,1 margins screen 0.18, 0.96, 0.11, 0.88 spacing screen 0.075
set key at screen 0.17, 0.995 top left horizontal
set format x ""
# settings
do for [j=1:3] {
    set ytics steps[j]
    set label 1 titles[j] at graph title_x, 1.1
    if (j == 2) { unset key }
    if (j == 3) { set format x number_format; set xlabel "volume ratio ".math("l", "{/:Italic l}", "l") }
    plot for [i=1:|k_groups|] table using "l":(mine(names[j], i)) with lines linetype i \
         title math("k", "{/:Italic k}", "k")." = ".k_groups[i]
}
unset multiplot
