# Along the line from the base (0) to the aligned model (1): energies, rates beside those of the mixture of
# distributions, and how far learning from either end goes along the line.
# columns: condition path learned_documents alpha quantity value low high these_low these_high
# groups: condition
# height: 1.9
# from: springback run path --folder experiments (experiments/path.tsv)

first(dummy) = strcol("condition") eq condition_groups[1]
on(path, q) = first(0) && strcol("path") eq path && strcol("quantity") eq q
at(path, q, name) = on(path, q) ? column(name) : NaN
array values[3] = ["energy_pretraining_bits", "change_alignment_bits", "energy_total_bits"]
array titles[3] = ["pre-training data", "alignment data", "sum"]
array walks[3] = ["neutral", "mixture", "opposed"]
array walk_titles[3] = ["neutral data", "pre-training data", "opposed data"]
set errorbars 0.3
set multiplot layout 3,1 margins screen 0.16, 0.96, 0.075, 0.95 spacing screen 0.12
array energies[3] = ["energy_pretraining_bits", "energy_total_bits", "change_alignment_bits"]
array energy_titles[3] = ["pre-training data", "both", "alignment data"]
set key at graph 0.02, 0.98 top left vertical maxrows 4 samplen 1.5
set xlabel math("\\alpha", "{/:Italic \316\261}", "alpha").", from base (0) to aligned (1)"
set label 1 "energy, volume times change of rate (bits)" at graph title_x, 1.06
set xrange [-0.5:1.5]
set xtics 0.5
# settings
plot for [i=1:3] table using (at("line", energies[i], "alpha")):"these_low":"these_high" with filledcurves \
         linecolor i notitle, \
     for [i=1:3] table using (at("line", energies[i], "alpha")):"value" with lines linetype i \
         title energy_titles[i], \
     table using (at("line", "energy_by_hooke_bits", "alpha")):"value" with lines linewidth 0.8 \
         dashtype (2,3) linecolor rgb black title "Hooke's law"
set label 1 "change of rates (bits per document)" at graph title_x, 1.06
set key at graph 0.02, 0.98 top left vertical maxrows 5
array parts[4] = ["pretraining", "alignment", "perturbation", "neutral"]
array part_titles[4] = ["pre-training data", "alignment data", "perturbation data", "neutral data"]
change(path, i, name) = at(path, "change_".parts[i]."_bits", name)
plot for [i=1:4] table using (change("line", i, "alpha")):"value" with lines linetype i title part_titles[i], \
     for [i=1:2] table using (change("distributions", i, "alpha")):"value" with lines linewidth 0.8 \
         dashtype 1 linecolor rgb black title (i == 1 ? "mixture" : "")
set xtics autofreq
set label 1 "where later learning stands on the line" at graph title_x, 1.06
set xlabel "documents learned later"
set ylabel math("\\alpha", "{/:Italic \316\261}", "alpha")." of the foot" offset 1, 0
set yrange [-0.15:1.05]
set xrange [0:1100]
set label 2 "from the aligned model" at graph 0.18, first 0.94
set label 3 "from the base" at graph 0.18, first 0.13
set xtics 256
set key at graph 0.98, 0.52 center right vertical maxrows 3
foot(w, from) = on(walks[w], "foot") && column("alpha") == from ? column("learned_documents") * 1.0 : NaN
plot for [w=1:3] table using (foot(w, 1)):"value":"low":"high" with yerrorbars linetype w dashtype solid \
         linewidth 0.8 title walk_titles[w], \
     for [w=1:3] table using (foot(w, 0)):"value":"low":"high" with yerrorbars linetype w dashtype solid \
         linewidth 0.8 notitle
unset multiplot
