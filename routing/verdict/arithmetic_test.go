package verdict

import (
	"fmt"
	"testing"
)

func TestWrongArithmetic(t *testing.T) {
	wrong := []string{
		"12 * 12 = 140",
		"So there are 5 + 4 = 10 eggs.",
		"That is 100 - 37 = 73.",
		"Each gets 84/7 = 11 of them.",
		"3 × 15 = 35 and 2 × 15 = 30",
		"3 x 15 = 35",
		"($12.50 + $7.50) * 2 = $45",
		"1,200 + 800 = 2,100",
		"20% * 50 = 15",
		"7 - 9 = 2",
		"12 \\* 12 = 140",
		"10 / 4 = 2.8",
		"12 * 3 = <<12*3=46>>46",
		"합계는 12 + 30 = 52개입니다.",
		"그러므로 8 × 7 = 54입니다.",
		"In 2019, 5 + 5 = 11",
	}
	for _, s := range wrong {
		if !wrongArithmetic(s) {
			t.Errorf("%q: let pass", s)
		}
	}
	right := []string{
		"12 * 12 = 144",
		"So there are 5 + 4 = 9 eggs.",
		"10 / 3 = 3.33",
		"10 / 3 = 3",
		"2 / 3 = 0.67",
		"1,200 + 800 = 2,000",
		"7 - 9 = -2",
		"2 + 3 * 4 = 14",
		"(2 + 3) * 4 = 20",
		"20% * 50 = 10",
		"x + 3 = 7",
		"x2 + 3 = 7",
		"2x + 3 = 7",
		"f(2) = 5",
		"7 + 8 = 3 (mod 12)",
		"7 + 8 = 3 mod 12",
		"1 + 2 + … + 9 = 45",
		"3 + 4 = 2 + 5",
		"3 + 4 = 7x",
		"3^2 + 4^2 = 5^2",
		"√16 + 2 = 6",
		"17 / 5 = 3 R 2",
		"if a == 3 - 1 { b = 4 }",
		"On 2020-01-15 = Wednesday",
		"3 apples + 4 pears = 8 fruits, one was there before",
		"합계는 12 + 30 = 42개입니다.",
		"8 ÷ 0 = 0",
		"((((((((((((((1+1))))))))))))))=3",
		"99999999999999999999 * 2 = 3",
		"=", "1=", "=1", "+=1", "1+=1",
	}
	for _, s := range right {
		if wrongArithmetic(s) {
			t.Errorf("%q: taken for wrong", s)
		}
	}
}

func FuzzWrongArithmetic(f *testing.F) {
	f.Add("12 * 12 = 140", int16(7), int16(8))
	f.Add("($12.50 + 7) = ", int16(-3), int16(0))
	f.Fuzz(func(t *testing.T, s string, a, b int16) {
		if wrongArithmetic(s) != wrongArithmetic(s+" ") {
			t.Errorf("%q: a blank behind it matters", s)
		}
		x, y := int(a)&0x7fff, int(b)&0x7fff
		if text := sumText(x, y, x+y); wrongArithmetic(text) {
			t.Errorf("%q: taken for wrong", text)
		}
		if text := sumText(x, y, x+y+2); !wrongArithmetic(text) {
			t.Errorf("%q: let pass", text)
		}
	})
}

func sumText(a, b, sum int) string {
	return fmt.Sprintf("That makes %d + %d = %d in all.", a, b, sum)
}
