# What Huffman's code spends beyond the entropy, per leaf, when blocks of leaves are coded at once.
# columns: l block excess_bits bound_bits
# groups: l
# height: 0.75
# from: springback theory --dist FILE --codes --k 3 --l 1,2 --blocks 1:7:7 --output blocks.tsv

set logscale xy
set xlabel "leaves per block, ".math("n", "{/:Italic n}", "n")
set ylabel "bits per leaf beyond the entropy"
set xtics (1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 20)
stats table using "block" nooutput
set xrange [*:1.001 * STATS_max] # with room for the last mark
set format y power_format
mine(name, i) = strcol("l") eq l_groups[i] ? column(name) : NaN
set key bottom left inside vertical reverse Left
# settings
plot table using "block":(mine("bound_bits", 1)) with lines linewidth 0.8 linecolor rgb black \
         dashtype (2,2) title "bound ".math("1/n", "1/{/:Italic n}", "1/n"), \
     for [i=1:|l_groups|] table using "block":(mine("excess_bits", i)) with linespoints linetype i \
         title math("l", "{/:Italic l}", "l")." = ".l_groups[i]
