# How far the first opposed documents move the margin of an aligned model, less how far they move the base's:
# a row for each model, optimiser, role and objective. Bars: intervals over seeds and test documents.
# columns: experiment claim value low high condition
# groups: condition
# height: 1.0
# from: springback run rebound reverse objective, which writes experiments/verdicts.tsv

claim = "opposed data undo an alignment faster than they move the base"
of(y) = strcol("claim") eq claim ? column(y) : NaN
mine(name, y) = strcol("condition") eq name ? of(y) : NaN
array rows[|condition_groups|]
n = 0
do for [i=1:|condition_groups|] {
    stats table using (mine(condition_groups[i], "value")) nooutput
    if (exists("STATS_records") && STATS_records > 0) { n = n + 1; rows[n] = condition_groups[i] }
}
row(dummy) = strcol("claim") eq claim ? \
             (sum [i=1:n] (rows[i] eq strcol("condition") ? i : 0)) : NaN
stats table using (of("low")) name "low" nooutput
stats table using (of("high")) name "high" nooutput
top = high_max > 0 ? high_max : 0
set xrange [1.05*low_min:top + 0.05*(top - low_min)]
set xtics tic_step((top - low_min)/3)
set yrange [n + 0.5:0.5]
set ytics ("" 0) scale 0 noenhanced
# A row is called by what sets it apart.
after(s, mark) = (at = strstrt(s, mark), at > 0 ? s[at + strlen(mark):*] : s)
first(s) = (at = strstrt(s, "; "), at > 0 ? s[1:at - 1] : s)
is_usual(how) = how eq "AdamW, fresh moments" || how eq "counted"
short(s) = is_usual(after(s, "; ")) ? first(s) : after(after(s, "; "), "AdamW, ")
set for [i=1:n] ytics add (shown(short(rows[i])) i)
set border 1
unset grid
set grid xtics linetype 1 linewidth 0.35 linecolor rgb "#DDDDDD"
set arrow 1 from 0, graph 0 to 0, graph 1 nohead linewidth 0.8 linecolor rgb black
unset key
set lmargin at screen 0.46
set errorbars 0.4
set xlabel "excess (bits per document)"
# settings
plot table using "value":(row(0)):"low":"high" with xerrorbars linetype 1 notitle
