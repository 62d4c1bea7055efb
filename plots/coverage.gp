# Coverage of intervals against the number of documents, a panel for each law of their lengths.
# columns: law n_documents interval coverage coverage_ci_low coverage_ci_high
# groups: law interval n_documents
# height: 1.15
# from: springback coverage --output coverage.tsv

mine(name, i, j) = strcol("law") eq law_groups[i] && strcol("interval") eq interval_groups[j] ? \
                   100*column(name) : NaN
beside(j) = column("n_documents")*1.035**(j - (|interval_groups| + 1)/2.0)
rows = (|law_groups| + 1) / 2
stats table using "n_documents" nooutput
set logscale x 2
set xrange [STATS_min/1.3:STATS_max*1.3]
stats table using (column("n_documents")):(100*column("coverage_ci_low")) nooutput
set yrange [STATS_min_y < 88 ? 10*floor(STATS_min_y/10) : 85:100]
set ytics 10
set errorbars 0

# The bar of 93 to 97 %.
set object 1 rectangle from graph 0, first 93 to graph 1, first 97 behind fillstyle solid 0.25 \
    noborder fillcolor rgb grey
set multiplot layout rows,2 margins screen 0.18, 0.98, 0.14, 0.86 spacing screen 0.05, screen 0.075
set key at screen 0.16, 0.998 top left vertical maxrows 2
# settings
do for [i=1:|law_groups|] {
    set label 1 shown(law_groups[i]) noenhanced at graph title_x, 1.13
    if (i % 2) { set format y number_format; set ylabel shown("coverage (%)") offset 0.8,0 } else { set format y ""; unset ylabel }
    lowest = i > |law_groups| - 2
    if (lowest) { set xlabel "documents" } else { unset xlabel }
    set xtics ()
    set for [k=1:|n_documents_groups|] xtics add \
        (lowest ? n_documents_groups[k] : "" real(n_documents_groups[k]))
    plot for [j=1:|interval_groups|] table using (beside(j)):(mine("coverage", i, j)): \
             (mine("coverage_ci_low", i, j)):(mine("coverage_ci_high", i, j)) \
             with yerrorbars linetype j dashtype solid pointsize 0 linewidth 0.6 notitle, \
         for [j=1:|interval_groups|] table using (beside(j)):(mine("coverage", i, j)) \
             with linespoints linetype j title shown(interval_groups[j]) noenhanced
    unset key
}
unset multiplot
