# Runs ATR_analysis for each line of the standard input, in a process of its own. ATR_analysis is compiled once; the
# processes are forked where its main program would begin. Use: perl -I FOLDER -MEachAtr ATR_ANALYSIS <ATRS
package EachAtr;
use strict;
use warnings;

INIT {
    $| = 1;
    while (my $atr = <STDIN>) {
        chomp $atr;
        my $child = fork();
        die "fork: $!" unless defined $child;
        if ($child == 0) {
            @ARGV = ($atr);
            last;
        }
        waitpid($child, 0);
        die "ATR_analysis ended with status $? for $atr" if $? != 0;
        print "\n=== end\n";
    }
    exit 0 unless @ARGV;
}

1;
