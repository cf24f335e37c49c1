#!/usr/bin/perl
# merge.pl BASE ADAPTER MERGED: is the third what PEFT makes of the first two?
# An independent reader of PEFT's files: W + alpha / r * B A, turned where
# fan_in_fan_out says so; rows of trainable_token_indices replaced; all else
# byte for byte the base's.
use strict;
use warnings;
use JSON::PP;

sub tensors {
    my ($path) = @_;
    open my $f, '<:raw', $path or die "$path: $!\n";
    local $/;
    my $all = <$f>;
    my $n = unpack 'Q<', $all;
    my $head = decode_json(substr $all, 8, $n);
    delete $head->{__metadata__};
    for my $t (values %$head) {
        my ($from, $to) = @{ $t->{data_offsets} };
        $t->{bytes} = substr $all, 8 + $n + $from, $to - $from;
        $t->{v} = [unpack 'f<*', $t->{bytes}];
    }
    return $head;
}
my ($base_dir, $adapter_dir, $merged_dir) = @ARGV;
my $base = tensors("$base_dir/model.safetensors");
my $merged = tensors("$merged_dir/model.safetensors");
my $adapter = tensors("$adapter_dir/adapter_model.safetensors");
my $config = do {
    open my $f, '<', "$adapter_dir/adapter_config.json" or die;
    local $/;
    decode_json(<$f>);
};
my $scale = $config->{lora_alpha} / $config->{r};
my ($adapted, $rows, $worst) = (0, 0, 0);

sub product { # w plus scale * b a, both turned where the files hold them so
    my ($w, $a, $b) = @_;
    my ($r, $in) = @{ $a->{shape} };
    my $out = $b->{shape}[0];
    my @sum = @{ $w->{v} };
    for my $o (0 .. $out - 1) {
        for my $i (0 .. $in - 1) {
            my $x = 0;
            $x += $b->{v}[$o * $r + $_] * $a->{v}[$_ * $in + $i]
                for 0 .. $r - 1;
            $sum[$config->{fan_in_fan_out} ? $i * $out + $o : $o * $in + $i]
                += $scale * $x;
        }
    }
    return \@sum;
}
die "other tensors\n"
    if join(' ', sort keys %$base) ne join(' ', sort keys %$merged);
for my $name (sort keys %$base) {
    (my $module = $name) =~ s/\.weight$//;
    my $key = "base_model.model.$module";
    my ($w, $got) = ($base->{$name}, $merged->{$name});
    my $want = $w->{v};
    my $a = delete $adapter->{"$key.lora_A.weight"};
    my $b = delete $adapter->{"$key.lora_B.weight"};
    my $new = delete $adapter->{"$key.token_adapter.trainable_tokens_delta"};
    if ($a) {
        $want = product($w, $a, $b);
        $adapted++;
    } elsif ($new) {
        (my $last = $module) =~ s/.*\.//;
        my $dim = $w->{shape}[1];
        my $i = 0;
        $want = [@$want];
        for my $id (@{ $config->{trainable_token_indices}{$last} }) {
            @$want[$id * $dim .. $id * $dim + $dim - 1] =
                @{ $new->{v} }[$i * $dim .. $i * $dim + $dim - 1];
            $i++;
        }
        $rows += $i;
    } elsif ($w->{bytes} ne $got->{bytes}) {
        die "$name: changed\n";
    }
    die "$name: another size\n" if @{ $got->{v} } != @$want;
    for my $i (0 .. $#$want) {
        my $off = abs($got->{v}[$i] - $want->[$i]);
        $worst = $off if $off > $worst;
    }
}
die "left over: ", join(' ', sort keys %$adapter), "\n" if %$adapter;
die "off by $worst\n" unless $worst < 1e-6;
print "$adapted matrices, $rows rows\n";
