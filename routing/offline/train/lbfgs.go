package train

import "math"

// minimize runs L-BFGS (Nocedal and Wright, Numerical Optimization, algorithm 7.5) with a backtracking
// line search that starts at the full step. It changes x to the best point found and stops after maxIter steps or when a
// step gains less than tol of the value. f returns the value at x and writes the gradient.
//
// Everything is sequential and in fixed order, so the same inputs give the same bits.
func minimize(x []float64, f func(x, grad []float64) float64, maxIter int, tol float64) float64 {
	const memory = 8
	n := len(x)
	grad := make([]float64, n)
	value := f(x, grad)
	var s, y [][]float64
	var rho []float64
	dir := make([]float64, n)
	next := make([]float64, n)
	nextGrad := make([]float64, n)
	alpha := make([]float64, memory)
	for iter := range maxIter {
		copy(dir, grad)
		for i := len(s) - 1; i >= 0; i-- {
			alpha[i] = rho[i] * dot(s[i], dir)
			axpy(-alpha[i], y[i], dir)
		}
		if k := len(s) - 1; k >= 0 {
			scale := 1 / (rho[k] * dot(y[k], y[k]))
			for i := range dir {
				dir[i] *= scale
			}
		}
		for i := range s {
			beta := rho[i] * dot(y[i], dir)
			axpy(alpha[i]-beta, s[i], dir)
		}
		slope := -dot(dir, grad)
		if slope >= 0 {
			return value
		}
		step := 1.0
		if iter == 0 {
			step = 1 / math.Max(1, math.Sqrt(dot(grad, grad)))
		}
		var nextValue float64
		for try := 0; ; try++ {
			for i := range next {
				next[i] = x[i] - step*dir[i]
			}
			nextValue = f(next, nextGrad)
			if nextValue <= value+1e-4*step*slope {
				break
			}
			if try == 30 {
				return value
			}
			step /= 2
		}
		var ds, dy []float64
		if len(s) == memory {
			ds, dy = s[0], y[0]
			s, y, rho = s[1:], y[1:], rho[1:]
		} else {
			ds, dy = make([]float64, n), make([]float64, n)
		}
		for i := range ds {
			ds[i] = next[i] - x[i]
			dy[i] = nextGrad[i] - grad[i]
		}
		if curvature := dot(ds, dy); curvature > 1e-12 {
			s, y, rho = append(s, ds), append(y, dy), append(rho, 1/curvature)
		}
		x2 := value
		copy(x, next)
		copy(grad, nextGrad)
		value = nextValue
		if x2-value < tol*math.Abs(value) {
			return value
		}
	}
	return value
}

func dot(a, b []float64) float64 {
	var sum float64
	for i, x := range a {
		sum += x * b[i]
	}
	return sum
}

// axpy adds a·x to y.
func axpy(a float64, x, y []float64) {
	for i, v := range x {
		y[i] += a * v
	}
}
