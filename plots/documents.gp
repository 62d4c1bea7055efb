# The probability that n documents of the alignment data show the theorem's sign. Band: proved bounds.
# columns: n P_sign P_sign_low P_sign_high P_sign_normal n_95
# height: 0.75
# from: springback theory --dist FILE --documents 1:1e4:log41 --output documents.tsv

set logscale x
set format x power_format
set xlabel "documents ".math("n", "{/:Italic n}", "n")
set ylabel "probability of the theorem's sign"
set yrange [0:1.02]
set key bottom left inside vertical reverse Left
# settings
plot table using "n":"P_sign_low":"P_sign_high" with filledcurves linetype 1 notitle, \
     table using "n":"P_sign_normal" with lines linewidth 0.8 linecolor rgb black dashtype (2,2) \
         title "normal law", \
     table using "n":"P_sign" with linespoints linetype 1 title "exact", \
     table every ::0::0 using "n_95":(0.95) with impulses linetype 2 title "0.95 from here"
