# Joint training: kappa from slopes and movements of rates against the exact one, with the sign where it
# turns; and errors of the joint optimum (R2) beside what the rates move.
# columns: condition path l exact quantity value low high
# groups: condition
# height: 1.9
# from: springback run balance --folder experiments (experiments/balance.tsv)

kind(name) = strstrt(strcol("path"), name) == 1
slope(name, of) = kind(name) && column("l") == 0 && strcol("quantity") eq "kappa_".of ? column("exact") : NaN
moved(dummy) = kind("trained") && strcol("quantity") eq "mean_kappa_alignment" && column("l") == l_last ? \
               column("exact") : NaN
stats table using (kind("trained") ? column("l") : NaN) name "t" nooutput
l_last = t_records ? t_max : 0
# Errors of the first condition in bits of J, one row each.
array rows[5]
rows[1] = "family"; rows[2] = "words"; rows[3] = "bigrams"; rows[4] = "trained"
rows[5] = "twice gains"
first(dummy) = strcol("condition") eq condition_groups[1]
row(dummy) = !first(0) ? 0 : \
             strcol("quantity") eq "gain_from_twice_bits" ? 5 : \
             strcol("quantity") ne "epsilon_bits" ? 0 : \
             kind("family") ? 1 : kind("words") ? 2 : kind("bigrams") ? 3 : 4
moving(dummy) = !first(0) || strcol("quantity") ne "middle_bits" ? 0 : \
                kind("family") ? 1 : kind("words") ? 2 : kind("bigrams") ? 3 : 4
at(r) = r > 0 ? r : NaN
positive(x) = x > 0 ? x : 1e-9
array lows[2] = [-0.7, -0.42]
array highs[2] = [3.8, 0.42]
array titles[2] = ["kappa, measured against exact", "the same near 0, where the sign turns"]
of_p = math("D_p", "{/:Italic D_p}", "D_p")
of_a = math("D_a", "{/:Italic D_a}", "D_a")
set errorbars 0.4
set multiplot layout 3,1 margins screen 0.15, 0.96, 0.075, 0.885 spacing screen 0.105
set key at screen 0.13, 0.995 top left vertical maxrows 3
# settings
do for [j=1:2] {
    set label 1 titles[j] at graph title_x, 1.07
    set xrange [lows[j]:highs[j]]
    set yrange [lows[j]:highs[j]]
    set xtics j == 1 ? 1 : 0.2
    set ytics j == 1 ? 1 : 0.2
    if (j == 2) {
        unset key
        set xlabel "exact"
        set arrow 1 from 0, graph 0 to 0, graph 1 nohead linewidth 0.35 linecolor rgb "#999999"
        set arrow 2 from graph 0, first 0 to graph 1, first 0 nohead linewidth 0.35 linecolor rgb "#999999"
        set label 2 "sign reversed" at graph 0.03, 0.42
    }
    plot x with lines linewidth 0.7 linecolor rgb grey title "theory", \
         table using (slope("family", "alignment")):"value":"low":"high" with yerrorbars linetype 3 \
             dashtype solid linewidth 0.8 title "family", \
         table using (slope("documents", "pretraining")):"value":"low":"high" with yerrorbars linetype 6 \
             dashtype solid linewidth 0.8 pointsize 0.7 title "documents, ".of_p, \
         table using (slope("documents", "alignment")):"value":"low":"high" with yerrorbars linetype 1 \
             dashtype solid linewidth 0.8 title "documents, ".of_a, \
         table using (moved(0)):"value":"low":"high" with yerrorbars linetype 2 dashtype solid \
             linewidth 0.8 title "trained"
}
unset arrow
unset label 2
set label 1 "errors of J beside what moves" at screen 0.15, graph 1.07
set key at graph 0.02, 0.03 bottom left vertical maxrows 2 samplen 1
set logscale x
set xrange [1e-8:1e3]
set format x latex ? "$10^{%T}$" : "10^{%T}"
set xtics 100
set xlabel "bits"
set yrange [5.6:0.4]
unset grid
set grid xtics linetype 1 linewidth 0.35 linecolor rgb "#DDDDDD"
set ytics ("" 0) scale 0
set for [i=1:5] ytics add (rows[i] i)
set border 1
set lmargin screen 0.27
plot table using (positive(column("value"))):(at(row(0))):(positive(column("low"))):(positive(column("high"))) \
         with xerrorbars linetype 1 dashtype solid linewidth 0.8 title "error, at each l", \
     table using (positive(column("value"))):(at(moving(0)) + 0.25):(positive(column("low"))):(positive(column("high"))) \
         with xerrorbars linetype 2 dashtype solid linewidth 0.8 title math("k\\Delta_p+\\Delta_a", "{/:Italic k} \316\224_p + \316\224_a", "k D_p + D_a")
unset multiplot
