# Rates of one dataset under several predictors, with intervals.
# columns: kind model bits_per_byte bits_per_byte_ci_low bits_per_byte_ci_high
# groups: model
# height: 0.2
# rows: bits_per_byte
# from: springback rate --model tree:d=16 --model xz ... DATASET --output predictors.tsv

stats table using "bits_per_byte" nooutput
set xtics tic_step((STATS_max - STATS_min) / 4)
set yrange [|model_groups| + 0.5:0.5]
set ytics scale 0 noenhanced
set for [i=1:|model_groups|] ytics add (shown(model_groups[i]) i)
set border 1
unset grid
set grid xtics linetype 1 linewidth 0.35 linecolor rgb "#DDDDDD"
unset key
set xlabel "bits per byte"
row(name) = strcol("kind") eq "rate" ? \
            (sum [i=1:|model_groups|] (model_groups[i] eq name ? i : 0)) : NaN
# settings
plot table using "bits_per_byte":(row(strcol("model"))):"bits_per_byte_ci_low": \
     "bits_per_byte_ci_high" \
     with xerrorbars linetype 1 dashtype solid
