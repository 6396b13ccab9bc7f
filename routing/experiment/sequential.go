package experiment

import "math"

// The tests here are valid at all times together: whoever looks after each request and stops
// at the first difference is wrong no more often than somebody who looks once. They are mixture
// sequential probability ratio tests (H. Robbins, Statistical Methods Related to the Law
// of the Iterated Logarithm, 1970; R. Johari, P. Koomen, L. Pekelis and D. Walsh, Always
// Valid Inference, Operations Research 2022), with the variance estimated, which makes
// them asymptotic (I. Waudby-Smith, D. Arbour, R. Sinha, E. Kennedy and A. Ramdas,
// Time-Uniform Central Limit Theory and Asymptotic Confidence Sequences, Annals of
// Statistics 2024).
//
// An estimate d has the squared standard error v. Under the hypothesis that nothing
// differs, the estimates over time are those of a Brownian motion in the information 1/v;
// under the alternative its drift is drawn from a normal distribution around 0 with the
// standard deviation tau. The ratio of the two likelihoods,
//
//	√(v/(v+τ²)) · exp(τ²d² / 2v(v+τ²)),
//
// is a martingale that starts at 1, and by Ville's inequality ever reaches 1/α with the
// probability α at most. The choice of tau decides which size of difference is found soonest,
// but not whether the test is valid. Time is measured by information, not by the number of
// units, so that later requests of known units count as well.

// radius returns half the width of the interval that contains the true value at all times
// together with the probability 1 − alpha.
func radius(v, tau, alpha float64) float64 {
	if v == 0 {
		return 0
	}
	t := tau * tau
	return math.Sqrt(v * (v + t) / t * (2*math.Log(1/alpha) + math.Log((v+t)/v)))
}

// pValue returns the always-valid p-value of the estimate d of a difference.
func pValue(d, v, tau float64) float64 {
	switch {
	case d == 0:
		return 1
	case v == 0:
		return 0
	}
	t := tau * tau
	return min(1, math.Exp(math.Log((v+t)/v)/2-t*d*d/(2*v*(v+t))))
}

// splitPrior is the weight of the alternative of the split's test, in units: it expects shares
// within about 5 points of those planned.
const splitPrior = 100

// splitP returns the always-valid p-value of the hypothesis that units are divided as
// planned: the Bayes factor of a Dirichlet alternative around the plan (M. Lindon and A.
// Malek, Anytime-Valid Inference for Multinomial Count Data, NeurIPS 2022). It is exact for
// any number of units.
func splitP(counts []int, planned []float64) float64 {
	total, log := 0, 0.0
	for i, n := range counts {
		total += n
		switch {
		case n == 0:
		case planned[i] == 0:
			return 0
		default:
			a := planned[i] * splitPrior
			log += lgamma(a+float64(n)) - lgamma(a) - float64(n)*math.Log(planned[i])
		}
	}
	log += lgamma(splitPrior) - lgamma(splitPrior+float64(total))
	return min(1, math.Exp(-log))
}

func lgamma(x float64) float64 {
	v, _ := math.Lgamma(x)
	return v
}
