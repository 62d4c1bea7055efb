# What "gcov -n" says of each source file, summed by folder; then the files with most lines that no test runs.
/^File/ { file = $2; gsub(/'/, "", file) }
/^Lines executed/ && file ~ /^(theory|data|estimators|cli)\/.*\.c$/ {
  split($0, part, /[:%]| of /)
  n = part[4]; run = part[2] * n / 100; folder = file; sub(/\/.*/, "", folder)
  lines[folder] += n; lines_run[folder] += run
  missed[file] = int(n - run + 0.5); share[file] = part[2]
}
/^Lines executed/ { file = "" }
END {
  for (i = 1; i <= split("theory data estimators cli", folders, " "); i++)
    printf "coverage: %-10s %6d lines, %.1f %% run by the tests\n", folders[i], lines[folders[i]], 100 * lines_run[folders[i]] / lines[folders[i]] | "cat"
  close("cat")
  print "missed lines, share run, file:"
  for (f in missed)
    if (missed[f] >= 10) printf "%5d  %5.1f %%  %s\n", missed[f], share[f], f | "sort -rn | head -40"
}
