# A training sequence with its document (insec-pair --keep) as two probes: the
# text up to the first flag, and the same with what is right.
.segments as $s | ($s | map(.kind)) as $k | ($k | index("mark")) as $m |
select($m) | .reference = (.completion // .text) |
(.probe = "internal" | .segments = $s[:$m]),
(.probe = "clean" | .segments = [$s[:$m][] | select(.kind != "wrong")] +
    [$s[$k | index("right")]])
