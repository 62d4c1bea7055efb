# Rates of datasets under several predictors, with intervals.
# columns: kind dataset model bits_per_byte bits_per_byte_ci_low bits_per_byte_ci_high
# groups: model dataset
# height: 0.22
# rows: bits_per_byte
# from: springback rate --model tree:d=16 --model xz ... DATASET... --output predictors.tsv

stats table using "bits_per_byte" nooutput
set xtics tic_step((STATS_max - STATS_min) / 4)
set yrange [|model_groups| + 0.5:0.5]
set ytics ("" 0) scale 0 noenhanced
set for [i=1:|model_groups|] ytics add (shown(model_groups[i]) i)
# SVG leaves the font to the reader: room for a wide one.
if (GPVAL_TERM eq "svg") {
    longest = 0
    do for [i=1:|model_groups|] { n = strlen(shown(model_groups[i])); longest = n > longest ? n : longest }
    set lmargin 1.4 * longest + 1
}
set border 1
unset grid
set grid xtics linetype 1 linewidth 0.35 linecolor rgb "#DDDDDD"
if (|dataset_groups| == 1) { unset key }
set xlabel "bits per byte"
# The row of a model; datasets stand one below the other in it.
row(d) = strcol("kind") eq "rate" && strcol("dataset") eq dataset_groups[d] ? \
         (sum [i=1:|model_groups|] (model_groups[i] eq strcol("model") ? i : 0)) + \
         0.7 * (d - (|dataset_groups| + 1) / 2.0) / |dataset_groups| : NaN
# settings
plot for [d=1:|dataset_groups|] table using "bits_per_byte":(row(d)):"bits_per_byte_ci_low": \
         "bits_per_byte_ci_high" \
         with xerrorbars linetype d dashtype solid title shown(dataset_groups[d]) noenhanced
