# Share of leaves with at least a given mass: counts, and the two laws fitted to their tail.
# columns: dataset mass share_at_least power_law lognormal
# groups: dataset
# height: 0.85
# from: springback tree --power-law --depth 16 --masses masses.tsv DATASET...

set logscale xy
set format xy power_format
set key bottom left inside vertical reverse Left
set xlabel "mass of a leaf"
set ylabel "share of leaves with this mass or more"
mine(name, i) = strcol("dataset") eq dataset_groups[i] ? column(name) : NaN
# settings
plot for [i=1:|dataset_groups|] table using "mass":(mine("share_at_least", i)) with points \
         linetype i title shown(dataset_groups[i]) noenhanced, \
     for [i=1:|dataset_groups|] table using "mass":(mine("power_law", i)) with lines linewidth 0.8 \
         linecolor rgb black dashtype 1 title i == 1 ? "power law" : "", \
     for [i=1:|dataset_groups|] table using "mass":(mine("lognormal", i)) with lines linewidth 0.8 \
         linecolor rgb black dashtype (4,4) title i == 1 ? "lognormal" : ""
