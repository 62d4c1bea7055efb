# Slopes of the rates on the controlled language: closed form, exact values, counts.
# columns: source l d_gamma_a_bits d_gamma_p_bits d_gamma_a_se_bits d_gamma_p_se_bits
# groups: source
# height: 0.95
# from: springback curve --language overlap=0.6 --documents 100000 --pi 1/3,1/3,1/3 --k 20 --output language.tsv

mine(name, i) = strcol("source") eq source_groups[i] ? column(name) : NaN
is_counted(i) = source_groups[i] eq "counts"
describe(name) = name eq "closed" ? "theory, disjoint supports" : \
                 name eq "exact" ? "exact, shared words" : "counts, bars: 2 standard errors"
set logscale y
set format y power_format
set xlabel "volume ratio ".math("l", "{/:Italic l}", "l")
stats table using "l" nooutput
set xtics tic_step((STATS_max - STATS_min) / 5)
set ylabel "slope (bits per unit of ".math("l", "{/:Italic l}", "l").")"
set key vertical maxrows 3
stats table using "d_gamma_a_bits" name "a" nooutput
stats table using (-column("d_gamma_p_bits")) name "p" nooutput
set yrange [p_max / 30:a_max * 3]
set label 1 "aligned data, rising" at graph 0.02, first 1.6 * a_max
set label 2 "pre-training data, falling" at graph 0.02, first 1.6 * p_max
set errorbars 0.5
# settings
plot for [i=1:|source_groups|] table using "l":(is_counted(i) ? NaN : mine("d_gamma_a_bits", i)) \
         with lines linetype i title (is_counted(i) ? "" : describe(source_groups[i])), \
     for [i=1:|source_groups|] table using "l":(is_counted(i) ? NaN : -mine("d_gamma_p_bits", i)) \
         with lines linetype i notitle, \
     for [i=1:|source_groups|] table \
         using "l":(is_counted(i) ? mine("d_gamma_a_bits", i) : NaN):(2 * column("d_gamma_a_se_bits")) \
         with yerrorbars linetype i dashtype solid \
         title (is_counted(i) ? describe(source_groups[i]) : ""), \
     for [i=1:|source_groups|] table \
         using "l":(is_counted(i) ? -mine("d_gamma_p_bits", i) : NaN):(2 * column("d_gamma_p_se_bits")) \
         with yerrorbars linetype i dashtype solid notitle
