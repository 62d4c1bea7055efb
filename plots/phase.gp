# Where Pareto masses make the signs of the theorem hold: the critical exponent against the share.
# columns: share alpha_c share_endless
# height: 0.75
# from: springback theory --phase 0.002:0.206:52 --output phase.tsv

set xlabel "share ".math("\\pi_a=\\pi_t", "{/:Italic \317\200}_a = {/:Italic \317\200}_t", "pi_a = pi_t")
set ylabel "exponent ".math("\\alpha", "{/:Italic \316\261}", "alpha")." of the masses"
set logscale y
set yrange [1:12]
set ytics (1, 1.2, 1.5, 2, 3, 5, 10)
set xrange [0:0.25]
set label 1 "signs hold" at graph 0.5, 0.2 front
set label 2 "signs reversed" at graph 0.15, 0.8 front
# settings
plot table using "share":"alpha_c" with filledcurves y=12 linecolor rgb "#CCCCCC" notitle, \
     table using "share":"alpha_c" with lines linetype 1 \
         title "critical exponent ".math("\\alpha_c", "{/:Italic \316\261}_c", "alpha_c"), \
     table every ::0::0 using "share_endless":(12) with impulses linetype 2 \
         title "share above which none is critical"
