# Two springs, drawn as long as they were measured: how many bits a document of the pre-training data costs above
# the base, and one of the alignment data above the aligned model. A row for each state. Bars: intervals.
# columns: condition path aligned_documents learned_documents quantity value low high
# groups: condition
# height: 1.05
# from: springback run rebound, which writes experiments/rebound.tsv

array paths[8] = ["base", "opposed", "neutral", "neutral", "opposed", "opposed", "mixture", "mixture"]
array doses[8] = [0, 0, 64, 1024, 64, 1024, 64, 1024]
array names[8] = ["base", "aligned", "neutral 64", "neutral 1024", "opposed 64", "opposed 1024", \
                  "mixture 64", "mixture 1024"]
array springs[2] = ["change_pretraining_bits", "extension_alignment_bits"]
array titles[2] = ["pre-training data", "alignment data"]
mine(i, j, y) = strcol("condition") eq condition_groups[1] && strcol("path") eq paths[i] && \
                column("learned_documents") == doses[i] && strcol("quantity") eq springs[j] && \
                (i == 1 || column("aligned_documents") == 1024) ? column(y) : NaN
array lengths[16]
do for [i=1:8] {
    do for [j=1:2] {
        stats table using (mine(i, j, "value")) nooutput
        lengths[2*i + j - 2] = STATS_mean
    }
}
row(i, j) = i + 0.36*(j - 1.5)
# Windings: a wire that goes to and fro, with straight ends.
wind(t) = t < 0.08 || t > 0.92 ? 0 : 0.13*sin(2*pi*9*(t - 0.08)/0.84)
set yrange [8.6:0.4]
set xtics 2
set lmargin at screen 0.31
set ytics ("" 0) scale 0 noenhanced
set for [i=1:8] ytics add (names[i] i)
set border 1
unset grid
set arrow 1 from 0, graph 0 to 0, graph 1 nohead linewidth 0.8 linecolor rgb black
set xlabel "extension (bits per document)"
set errorbars 0.4
set samples 300
set key vertical maxrows 2
# settings
plot for [i=1:8] for [j=1:2] [t=0:1] '+' using (t*lengths[2*i + j - 2]):(row(i, j) + wind(t)) \
         with lines linetype j dashtype solid linewidth 0.8 title (i == 1 ? titles[j] : ""), \
     for [i=1:8] for [j=1:2] table using (mine(i, j, "value")):(row(i, j)):(mine(i, j, "low")): \
         (mine(i, j, "high")) with xerrorbars linetype j dashtype solid pointsize 0.35 notitle
