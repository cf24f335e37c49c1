/* How fast the processor multiplies and adds at best. */
#ifndef INSEC_KERN_PEAK_H
#define INSEC_KERN_PEAK_H

/* Operations per second, a multiplication and an addition being two: single
 * precision, in registers, on all threads; the best of so many tries of about
 * a millisecond.  0 where it cannot be told.  Two cores of a virtual machine
 * may sit on one physical core, and then the peak halves: a figure is only
 * worth its ratio to one of the same moment. */
double kern_peak(int tries);

#endif
