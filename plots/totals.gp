# Tails of the total code length of n documents, beside the normal law. Bands: proved bounds.
# columns: n z log10_P log10_P_low log10_P_high log10_P_normal
# groups: n
# height: 0.85
# from: springback theory --dist FILE --documents 10,100,1000 --total a --output totals.tsv

set xlabel "deviation of the total (standard deviations)"
set ylabel "probability of being as far out or farther"
set yrange [-20:0]
set ytics 4
set format y math("10^{%g}", "10^{%g}", "10^{%g}")
set xtics 2
mine(name, i) = strcol("n") eq n_groups[i] ? column(name) : NaN
# settings
plot for [i=1:|n_groups|] table using "z":(mine("log10_P_low", i)):(mine("log10_P_high", i)) \
         with filledcurves linetype i notitle, \
     table using "z":(mine("log10_P_normal", 1)) with lines linewidth 0.8 \
         linecolor rgb black dashtype (2,2) title "normal law", \
     for [i=1:|n_groups|] table using "z":(mine("log10_P", i)) with lines linetype i \
         title math("n", "{/:Italic n}", "n")." = ".n_groups[i]
