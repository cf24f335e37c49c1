#!/usr/bin/perl
# GGUF files, read by a reader that shares nothing with the program, against
# the safetensors file of the same run.
use strict;
use warnings;
use JSON::PP;
use File::Temp 'tempdir';
use Cwd 'abs_path';
use File::Basename;

chdir dirname(abs_path(__FILE__)) . "/..";
my $bin = abs_path($ENV{BIN} // "bin");
$ENV{PATH} = "$bin:$ENV{PATH}";
my $dir = tempdir(CLEANUP => 1);
my $n = 0;
sub ok {
    my ($good, $name) = @_;
    $n++;
    print $good ? "" : "not ", "ok $n - $name\n";
}
sub slurp { open my $f, "<:raw", $_[0] or die "$_[0]: $!"; local $/; <$f> }

sub half {
    my $h = shift;
    my ($s, $e, $f) = ($h >> 15 ? -1 : 1, $h >> 10 & 31, $h & 1023);
    return $s * ($e ? (1 + $f / 1024) * 2**($e - 15) : $f / 1024 * 2**-14);
}

# { metadata => {}, tensors => { name => { dims, type, v } } }
sub gguf {
    my $b = slurp($_[0]);
    my $at = 0;
    my $take = sub {
        my ($t, $k) = @_;
        $at += $k;
        return unpack $t, substr $b, $at - $k, $k;
    };
    my $text = sub {
        my $k = $take->("Q<", 8);
        $at += $k;
        return substr $b, $at - $k, $k;
    };
    my $value;
    $value = sub {
        my $t = shift;
        return $take->("L<", 4) if $t == 4;
        return $take->("l<", 4) if $t == 5;
        return $take->("f<", 4) if $t == 6;
        return $take->("C", 1) if $t == 7;
        return $text->() if $t == 8;
        die "type $t" if $t != 9;
        my ($of, $k) = ($take->("L<", 4), $take->("Q<", 8));
        return [map { $value->($of) } 1 .. $k];
    };
    die "magic" if substr($b, 0, 4) ne "GGUF";
    $at = 4;
    die "version" if $take->("L<", 4) != 3;
    my ($tensors, $pairs) = ($take->("Q<", 8), $take->("Q<", 8));
    my (%meta, %out, @list);
    for (1 .. $pairs) {
        my $key = $text->();
        die "$key twice" if exists $meta{$key};
        $meta{$key} = $value->($take->("L<", 4));
    }
    for (1 .. $tensors) {
        my $name = $text->();
        my @dims = map { $take->("Q<", 8) } 1 .. $take->("L<", 4);
        push @list, [$name, \@dims, $take->("L<", 4), $take->("Q<", 8)];
    }
    my $data = int(($at + 31) / 32) * 32;
    my $end = 0;
    for my $t (@list) {
        my ($name, $dims, $type, $from) = @$t;
        my $k = 1;
        $k *= $_ for @$dims;
        die "$name: offset" if $from % 32 || $from < $end || $from >= $end + 32;
        $end = $from + $k * ($type ? 2 : 4);
        my $raw = substr $b, $data + $from, $end - $from;
        my @v = $type ? map { half($_) } unpack("v*", $raw)
            : unpack("f<*", $raw);
        $out{$name} = { dims => $dims, type => $type, v => \@v };
    }
    die "length" if length($b) != $data + int(($end + 31) / 32) * 32;
    return { meta => \%meta, tensors => \%out };
}

sub safetensors {
    my $b = slurp($_[0]);
    my $k = unpack "Q<", $b;
    my $head = decode_json(substr $b, 8, $k);
    my %out;
    for my $name (grep { $_ ne "__metadata__" } keys %$head) {
        my ($from, $to) = @{ $head->{$name}{data_offsets} };
        $out{$name} = { shape => $head->{$name}{shape},
            v => [unpack "f<*", substr $b, 8 + $k + $from, $to - $from] };
    }
    return \%out;
}

my %llama = qw(model.embed_tokens token_embd model.norm output_norm
    input_layernorm attn_norm self_attn.q_proj attn_q self_attn.k_proj attn_k
    self_attn.v_proj attn_v self_attn.q_norm attn_q_norm
    self_attn.k_norm attn_k_norm self_attn.o_proj attn_output
    post_attention_layernorm ffn_norm mlp.gate_proj ffn_gate
    mlp.up_proj ffn_up mlp.down_proj ffn_down lm_head output);
my %gpt2 = qw(transformer.wte token_embd transformer.wpe position_embd
    transformer.ln_f output_norm ln_1 attn_norm ln_2 ffn_norm
    attn.c_attn attn_qkv attn.c_proj attn_output mlp.c_fc ffn_up
    mlp.c_proj ffn_down);

# What the file should hold for one tensor: its name, dimensions, numbers.
sub expected {
    my ($kind, $name, $t) = @_;
    my ($part, $end) = $name =~ /^(.*)\.(weight|bias)$/;
    my $layer = qr/^(?:model\.layers|transformer\.h)\.(\d+)\./;
    my $blk = $part =~ s/$layer// ? "blk.$1." : "";
    my $map = $kind eq "gpt2" ? \%gpt2 : \%llama;
    my @shape = @{ $t->{shape} };
    my @v = @{ $t->{v} };
    if ($kind eq "gpt2" && @shape == 2 && $part =~ /c_/) { # [in,out]
        my ($in, $out) = @shape;
        @v = ();
        for my $o (0 .. $out - 1) {
            push @v, map { $t->{v}[$_ * $out + $o] } 0 .. $in - 1;
        }
        @shape = ($out, $in);
    }
    if ($kind eq "llama" && $part =~ /[qk]_proj/) { # heads of 8 wide
        my $w = $shape[1];
        @v = ();
        for my $h (0 .. $shape[0] / 8 - 1) {
            for my $i (0 .. 3) {
                for my $j (0, 1) {
                    my $row = $h * 8 + $j * 4 + $i;
                    push @v, @{ $t->{v} }[$row * $w .. $row * $w + $w - 1];
                }
            }
        }
    }
    my $ours = $map->{$part} // "?";
    return ("$blk$ours.$end", [reverse @shape], \@v);
}

sub compare {
    my ($kind, $g, $s, $type) = @_;
    my ($worst, $good) = (0, 1);
    for my $name (sort keys %$s) {
        my ($want, $dims, $v) = expected($kind, $name, $s->{$name});
        my $t = delete $g->{tensors}{$want};
        my $half = $type eq "f16" && @$dims == 2 && $want !~ /position/;
        $good &&= $t && "@{$t->{dims}}" eq "@$dims" && $t->{type} == !!$half;
        print "# $name: $want\n" unless $good;
        last unless $good;
        for (0 .. $#$v) {
            my $off = abs($v->[$_] - $t->{v}[$_]);
            $off /= abs($v->[$_]) + 1e-4 if $t->{type};
            $worst = $off if $off > $worst;
        }
    }
    ok($good, "$kind $type: every tensor, its name and shape");
    my $most = $type eq "f16" ? 2**-11 : 0;
    ok($worst <= $most, "$kind $type: its numbers, off by $worst");
}

chdir $dir;
system("insec-synth sums -n 40 --digits 1-1 | insec-pair | insec-tokenize |" .
    "insec-pack -l 128 >train.shard") == 0 or die;
my %shape = (vocab_size => 261, hidden_size => 16, intermediate_size => 24,
    num_hidden_layers => 2, num_attention_heads => 2, num_key_value_heads => 1,
    head_dim => 8, max_position_embeddings => 512);
my %config = (
    llama => { %shape, tie_word_embeddings => JSON::PP::false, rope_scaling => {
        rope_type => "llama3", factor => 8, low_freq_factor => 1,
        high_freq_factor => 4, original_max_position_embeddings => 64 } },
    qwen2 => { %shape, tie_word_embeddings => JSON::PP::true },
    qwen3 => { %shape, tie_word_embeddings => JSON::PP::false },
    gpt2 => { vocab_size => 270, n_embd => 16, n_layer => 2, n_head => 2,
        n_positions => 512 });
for my $kind (sort keys %config) {
    open my $f, ">", "config.json";
    print $f encode_json({ model_type => $kind, %{ $config{$kind} } });
    close $f;
    for my $type ("f32", "f16") {
        system("insec-sft -o $kind --config config.json --steps 3 -q " .
            "--lr 0.05 --warmup 0 --gguf $kind.gguf --gguf-type $type " .
            "train.shard >log") == 0 or die;
        my $g = gguf("$kind.gguf");
        my $rope = delete $g->{tensors}{"rope_freqs.weight"};
        my $again;
        $again = delete $g->{tensors}{"output.weight"} if $kind eq "gpt2";
        my $first = $g->{tensors}{"token_embd.weight"};
        ok($again->{type} == $first->{type} &&
            "@{$again->{v}}" eq "@{$first->{v}}", "$kind: tied, and said twice")
            if $kind eq "gpt2";
        compare($kind, $g, safetensors("$kind/model.safetensors"), $type);
        ok(!%{ $g->{tensors} }, "$kind $type: and no others");
        my $m = $g->{meta};
        ok($m->{"general.architecture"} eq $kind &&
            $m->{"$kind.block_count"} == 2 &&
            $m->{"$kind.embedding_length"} == 16 &&
            $m->{"$kind.attention.head_count"} == 2, "$kind $type: its sizes");
        my $v = $config{$kind}{vocab_size};
        my $tokens = $m->{"tokenizer.ggml.tokens"};
        my $types = $m->{"tokenizer.ggml.token_type"};
        ok(@$tokens == $v && $tokens->[258] eq "<|wrong|>" &&
            $tokens->[65] eq "A" && $types->[258] == 3 &&
            $types->[65] == 1 && $m->{"tokenizer.ggml.eos_token_id"} == 257,
            "$kind $type: its tokens");
        ok($kind eq "llama" ? $rope && "@{$rope->{dims}}" eq "4" &&
            $rope->{v}[3] == 8 && $rope->{v}[0] == 1 : !$rope,
            "$kind $type: scaled positions");
    }
}
my $json = decode_json(slurp("llama/tokenizer.json"));
$json->{model}{merges} = ["a b"];
$json->{model}{vocab}{ab} = 261;
open my $f, ">", "other.json";
print $f encode_json($json);
close $f;
my $call = "insec-sft -o out -t other.json --gguf out.gguf --steps 1";
my $said = qx($call train.shard 2>&1);
ok($? >> 8 == 1 && $said =~ /no name in GGUF/ && !-e "out" && !-e "out.gguf",
    "a tokenizer without a name there is refused before training");
print "1..$n\n";
