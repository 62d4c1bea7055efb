# Sizes of the slopes of the rates at one l against k, beside the powers -1 and -2.
# columns: k l d_gamma_a_bits d_gamma_p_bits
# groups: l
# height: 0.85
# from: springback theory --k 1:1e6:log31 --pi 1/3,1/3,1/3 --l 0 --output slopes.tsv

set logscale xy
set format xy power_format
set key bottom left inside vertical reverse Left
set xlabel "volume ratio ".math("k", "{/:Italic k}", "k")
mine(name) = strcol("l") eq l_groups[1] ? column(name) : NaN
set ylabel "slope at ".math("l", "{/:Italic l}", "l")." = ".l_groups[1]." (bits per unit of ".math("l", "{/:Italic l}", "l").")"
# settings
plot x**-1 with lines linewidth 0.7 linecolor rgb grey title math("k^{-1}", "{/:Italic k}^{-1}", "1/k"), \
     x**-2 with lines linewidth 0.7 linecolor rgb grey dashtype 3 title math("k^{-2}", "{/:Italic k}^{-2}", "1/k^2"), \
     table using "k":(mine("d_gamma_a_bits")) with linespoints linetype 1 title "aligned data, rising", \
     table using "k":(-mine("d_gamma_p_bits")) with linespoints linetype 2 title "pre-training data, falling"
