# Rates of Huffman's codes as l grows, and of ideal codes. Band: aligned data, all ways to break ties.
# columns: code l gamma_t_bits gamma_pa_bits gamma_a_least_bits gamma_a_most_bits
# height: 0.9
# from: springback theory --dist FILE --codes --k 3 --l 0:6:61 --output codes.tsv

set xlabel "volume ".math("l", "{/:Italic l}", "l")." of the perturbing data"
set ylabel "bits per response"
set offsets 0, 0, graph 0.03, graph 0.03
mine(code, name) = strcol("code") eq code ? column(name) : NaN
ties(name) = mine("huffman", "gamma_a_most_bits") > mine("huffman", "gamma_a_least_bits") ? \
             column(name) : NaN
set key maxrows 2 spacing 1.25
# settings
plot table using "l":(ties("gamma_a_least_bits")):(ties("gamma_a_most_bits")) \
         with filledcurves linetype 2 notitle, \
     table using "l":(mine("huffman", "gamma_t_bits")) with lines linetype 3 dashtype 1 \
         title "perturbing", \
     table using "l":(mine("huffman", "gamma_pa_bits")) with lines linetype 1 title "all other", \
     table using "l":(mine("huffman", "gamma_a_least_bits")) with lines linetype 2 linewidth 0.8 \
         title "aligned", \
     table using "l":(mine("huffman", "gamma_a_most_bits")) with lines linetype 2 linewidth 0.8 \
         notitle, \
     table using "l":(mine("ideal", "gamma_t_bits")) with lines linewidth 0.8 \
         linecolor rgb black dashtype (2,2) title "ideal", \
     table using "l":(mine("ideal", "gamma_pa_bits")) with lines linewidth 0.8 \
         linecolor rgb black dashtype (2,2) notitle
