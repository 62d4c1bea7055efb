# Rates of one dataset under several predictors, with intervals.
# columns: model bits_per_byte ci_low ci_high
# groups: model
# height: 0.7
# from: springback rate --model A --model B ... --output predictors.tsv

set yrange [|model_groups| + 0.5:0.5]
set ytics scale 0 noenhanced
set for [i=1:|model_groups|] ytics add (shown(model_groups[i]) i)
set border 1
unset grid
set grid xtics linetype 1 linewidth 0.35 linecolor rgb "#DDDDDD"
unset key
set xlabel "bits per byte"
row(name) = sum [i=1:|model_groups|] (model_groups[i] eq name ? i : 0)
# settings
plot table using "bits_per_byte":(row(strcol("model"))):"ci_low":"ci_high" \
     with xerrorbars linetype 1 dashtype solid
