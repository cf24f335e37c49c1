# Works problems of insec-synth out from the text of their prompts alone, with
# nothing of the program's own, and reads the solution line by line.  Emits a
# complaint for each record that does not hold; nothing where all is well.

# Words to equations: "pens in each red box" becomes one name, and the
# sentences become "Let ... = ...".
def plain:
    gsub("(?<i>[a-z]+) in each (?<k>[a-z]+) (?<b>[a-z]+)"; "\(.i)_\(.k)_\(.b)")
    | gsub("There are (?<n>[0-9]+) (?<x>[a-z_]+)\\."; "Let \(.x) = \(.n).")
    | gsub("are (?<n>[0-9]+) more than the (?<y>[a-z_]+)"; "are \(.y) + \(.n)")
    | gsub("are (?<n>[0-9]+) fewer than the (?<y>[a-z_]+)"; "are \(.y) - \(.n)")
    | gsub("are (?<n>[0-9]+) times the (?<y>[a-z_]+)"; "are \(.y) * \(.n)")
    | gsub(" plus the "; " + ") | gsub(" minus the "; " - ")
    | gsub(" times the "; " * ") | gsub(" are the "; " are ")
    | gsub("The (?<x>[a-z_]+) are "; "Let \(.x) = ")
    | gsub("How many (?<i>[a-z]+) are in each (?<k>[a-z]+) (?<b>[a-z]+), ";
           "What is \(.i)_\(.k)_\(.b) ");

def operate($a; $op; $b; $p):
    (if $op == "+" then $a + $b elif $op == "-" then $a - $b else $a * $b end)
    % $p | (. + $p) % $p;

def value($d; $p):
    . as $x
    | if test("^[0-9]+$") then tonumber
      else $d[$x] | split(" ") as $t
        | if ($t | length) == 1 then $t[0] | value($d; $p)
          else operate($t[0] | value($d; $p); $t[1];
                       $t[2] | value($d; $p); $p) end
      end;

# The operations that a name's value needs, each once.
def needs($d):
    [ recurse($d[.] | split(" ")[] | select(test("^[a-zA-Z_]+$")))
      | select($d[.] | test(" ")) ] | unique;

def is_name: test("^[a-zA-Z_]+$");

# One step ["c", "b * a", "2 * 4", "1"] (no rule in words): are the values put
# in and the result those that the problem gives?
def step_holds($d; $p):
    .[0] as $name | .[-2] as $put | .[-1] as $said
    | ($d[$name] | split(" ")
       | map(if is_name or test("[0-9]") then value($d; $p) | tostring
             else . end) | join(" ")) == $put
      and ($name | value($d; $p) | tostring) == $said
      and (length == 3 or .[1] == $d[$name]);

def chain:
    (.prompt | plain) as $text
    | ([$text | scan("Let ([a-zA-Z_]+) = ([^.]*)\\.") | {(.[0]): .[1]}] | add)
      as $d
    | ($text | capture("What is (?<q>[a-zA-Z_]+) modulo (?<p>[0-9]+)\\?$"))
      as $ask
    | ($ask.p | tonumber) as $p
    | ($ask.q | value($d; $p) | tostring) as $answer
    | (.completion | plain | gsub("\nLet "; "\n") | split("\n")[1:]) as $lines
    | [$lines[:-1][] | rtrimstr(".") | split(" = ")] as $steps
    | [$steps[][0]] as $names
    | .answer == $answer and $lines[-1] == "Answer: \($answer)."
      and ($names | sort) == ($ask.q | needs($d))
      and ([$steps[] | step_holds($d; $p)] | all)
      and ([range($names | length) as $i
            | $d[$names[$i]] | split(" ")[] | select(is_name)
            | select($d[.] | test(" ")) | IN($names[:$i][])] | all);

def sums:
    (.prompt | [scan("[0-9]+") | tonumber] | add | tostring) as $answer
    | (.completion | split("\n")[1:]) as $lines
    | [$lines[:-1][] | split(", ")] as $steps
    | [$steps[][1] | [scan("[0-9]") | tonumber]] as $written
    | .answer == $answer and $lines[-1] == "Answer: \($answer)."
      and ([$written | reverse[][0] | tostring] | add)
          == ($answer | .[-($steps | length):])
      and ([$steps[] | (.[0] | split(" = ")) as $e
            | ($e[0] | split(" + ") | map(tonumber) | add) as $total
            | $e[1] == ($total | tostring)
              and .[1] == "write \($total % 10) carry \($total / 10 | floor)."]
           | all);

(if .prompt | test("^[0-9]") then sums else chain end) as $good
| select($good | not) | "\(.id): \(.prompt)\(.completion)"
